{
  scripts = {
    postinst = {
      sha256 = [ "062974408bce7a95f468fa523bcf7f3d6360fff31ed3b581125bdc4d0f648d4a" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "d12ce1c34fbc5460fd38659e871fb0018db5f6114d4a7ef4556b017c823c61b4" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

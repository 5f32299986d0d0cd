{
  scripts = {
    postinst = {
      sha256 = [ "e4281cab5316aa28177447f8c8c5ee6e17cfdcad3edca77c81fc77670fe0a5f4" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "a33a1e6ef5a22e63a66e42853fc0bcff3107b4653d7b5cea891354a5f28db6c4" ];
      by = "base/modules/image/base.nix: the pager is less";
    };
    preinst = {
      sha256 = [ "c72b2f152d56cae58b8f39efe22e6f0d85d676c4ac3060f40cfe0c463f1f8d94" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

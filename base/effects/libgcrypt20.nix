{
  scripts = {
    postinst = {
      sha256 = [ "b8ccd8524c389b644c072df2e66b376ec243c8c9159b9b6be66136f94be9a687" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

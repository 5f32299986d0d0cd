{
  scripts = {
    postinst = {
      sha256 = [ "555e09e167e8e7e05fd0e7462313399b092f9803541af03682f48873b3aacd76" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "245f3656598110ffdfdf36c2c51b8d920e01a16ff2d8ad7ed6275795c39c0102" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
    preinst = {
      sha256 = [ "fc50f70aed6d54446631096641999439c5ac99a7b0b36ce2bf44a3d5658c4fe5" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

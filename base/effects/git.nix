{
  scripts = {
    preinst = {
      sha256 = [ "cff44c8e779f218aa290e0936d1c02d494b372b96445cbb9b363b1a80c64ee57" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "e5d3b5d44baac98579d649fca01c2c1661eb8bdaa3ad398c71f98c42052a225c" ];
      by = "base/modules/services/web-servers/nginx writes the settings; logs go to the journal";
    };
    preinst = {
      sha256 = [ "f666ea9b75a369b54ea0fb29547d42b88d6d6c88b82e4eaa33f4d7b8395c9414" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "819fb1fbb0fcef5dfe95ed7c98ae2cdb7837421882db27eb76d8d17ebb5721f2" ];
      by = "base/modules/services/databases/mysql.nix makes the data directory when the machine first boots; the helper for PAM is not made setuid";
    };
    preinst = {
      sha256 = [ "3e7e59648de600de023f1cd6fd92f69c24b06ad8f8a8ecf870644bae75586cf8" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
  users = {
    mysql = {
      description = "MariaDB";
      home = "/nonexistent";
    };
  };
}

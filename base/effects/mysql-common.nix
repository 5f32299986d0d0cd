{
  scripts = {
    postinst = {
      sha256 = [ "cda665218c80832dbf4b3889bd6ac693a4fe896a4edcbe61b3a411b6660c9798" ];
      by = "base/modules/services/databases/mysql.nix writes my.cnf";
    };
    preinst = {
      sha256 = [ "b2875cd3a113ebba0ce41e9e0d98c8231ff4bee1986389bb9c3da99ad2a357ee" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

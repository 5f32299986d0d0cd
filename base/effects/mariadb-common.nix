{
  scripts = {
    postinst = {
      sha256 = [ "7eae5ea24780e77cb87f642df312f558cd4d1e8674fa61052d9c93d0f8966dae" ];
      by = "base/modules/services/databases/mysql.nix writes my.cnf";
    };
    preinst = {
      sha256 = [ "de51cbafc2a0c6cce520b9fd71f763e07dd9f53023dfa536d1e5c0cfa756be5a" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

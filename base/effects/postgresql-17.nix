{
  scripts = {
    postinst = {
      sha256 = [ "a197e5454f724a5c58fa01c62caa1c2ecac941c4a50006ff2a55f239a97bdfc4" ];
      by = "base/modules/services/databases/postgresql.nix makes the cluster when the machine first boots";
    };
    preinst = {
      sha256 = [ "0a6bebdcc8d13b9c9c118a87d00ff2f8e83c2cbe53dde3b8c07b7f7fea23197a" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

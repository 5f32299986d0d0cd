{
  scripts = {
    postinst = {
      sha256 = [ "1193406afb215d66c5ba440406e3acb65957e9927289fb9de607a81c323891a8" ];
      by = "base/modules/services/databases/redis.nix writes the settings";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "7bf463fb8cf3c25373cb9446a3d6414c3a6a3d85dd4f349a065c9e61cfa93513" ];
      by = "base/modules/services/databases/redis.nix: user and directories";
    };
  };
  users = {
    redis = {
      home = "/var/lib/redis";
    };
  };
  stateOwners = [
    {
      path = "/var/lib/redis";
      user = "redis";
      group = "redis";
      mode = "0750";
    }
    {
      path = "/var/log/redis";
      user = "redis";
      group = "adm";
      mode = "2750";
    }
  ];
}

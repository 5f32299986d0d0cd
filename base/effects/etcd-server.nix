{
  scripts = {
    postinst = {
      sha256 = [ "9a5081c9220bf618f2c388f7b6cacdca7f1ac8afd6b3d90da40acd4e7d9883c6" ];
      by = "user and directory are in this file";
    };
  };
  users = {
    etcd = {
      home = "/var/lib/etcd";
    };
  };
  stateOwners = [
    {
      path = "/var/lib/etcd";
      user = "etcd";
      group = "etcd";
      mode = "0700";
    }
  ];
}

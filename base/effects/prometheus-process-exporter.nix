{
  scripts = {
    postinst = {
      sha256 = [ "901977eb949e6c9caa0e7cb2c1cbf1a5d4a8ce870c9e367220eda34d386b6163" ];
      by = "base/modules/services/monitoring/prometheus/exporters.nix: a user of its own while it runs";
    };
  };
  users = {
    prometheus = {
      description = "Prometheus daemon";
      home = "/var/lib/prometheus";
    };
  };
  stateOwners = [
    {
      path = "/var/lib/prometheus";
      user = "prometheus";
      group = "prometheus";
      mode = "0755";
    }
  ];
}

{
  scripts = {
    postinst = {
      sha256 = [ "22ca438d8862b4c30dc1e3f5e0df4e84af534e0bd07c0fd7162e2e4342381112" ];
      by = "base/modules/services/monitoring/prometheus/exporters.nix: a user of its own while it runs; a capability that is only given where somebody asked for it";
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

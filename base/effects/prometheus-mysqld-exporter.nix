{
  scripts = {
    postinst = {
      sha256 = [ "804f554e1f2c9e032de176778bfed02d2cc7d97c7d4f665d1fb28e912b8f44b9" ];
      by = "base/modules/services/monitoring/prometheus/exporters.nix: a user of its own while it runs; its file of defaults is not read";
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

{
  scripts = {
    postinst = {
      sha256 = [ "49a9569d85b4f1c1ce782a6ccc7cacc30178973ee2af954a24aba3ab8f90c8b4" ];
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

{
  scripts = {
    postinst = {
      sha256 = [ "86928b1f59f7ad21b548aa6faca0dfc1193cd2f17386baf37c8da252273012b6" ];
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

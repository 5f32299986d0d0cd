{
  scripts = {
    postinst = {
      sha256 = [ "46a8f2b4e533f92d72316ad88cf19863b7c81916aa33652c46df94cc136f1b84" ];
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

{
  scripts = {
    postinst = {
      sha256 = [ "eef89e25f56932974179ad37af5f4b36306daf17db5d0df1f9f06df9918d7ecc" ];
      by = "base/modules/services/monitoring/prometheus/server.nix: user and state directory";
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
      path = "/var/lib/prometheus/metrics2";
      user = "prometheus";
      group = "prometheus";
      mode = "0755";
    }
  ];
}

{
  scripts = {
    postinst = {
      sha256 = [ "1e63713854a36bd4b426fa0d1ec76dbb829a0f2d2e62cf409e9bb0cd0ab8235c" ];
      by = "base/modules/services/monitoring/prometheus/exporters.nix: a user of its own while it runs";
    };
  };
  users = {
    prometheus = {
      description = "Prometheus daemon";
      home = "/var/lib/prometheus";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "42bf58bd125e8ae2af9f16a34520c73b134146fed3521e28ba7d0a3d77e431e5" ];
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

{
  scripts = {
    postinst = {
      sha256 = [ "e7bdec711dd172f6a84806b7b43b49b68d3fe2760a006cac3f46ac9939001f0c" ];
      by = "tells a running systemd";
    };
  };
}

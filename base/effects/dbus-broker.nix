{
  scripts = {
    postinst = {
      sha256 = [ "1a133f21a9daf0c1835748e4cc33a36f7dcd04873878914f8211942fd9439dac" ];
      by = "only asks for a reboot after an upgrade";
    };
  };
}

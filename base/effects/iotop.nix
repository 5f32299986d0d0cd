{
  scripts = {
    postinst = {
      sha256 = [ "e6e952396580b737c36718b2b8ad4d732cafc0e071b75b7a2855eab3b947c397" ];
      by = "the alternative is in this file";
    };
  };
  alternatives = {
    "/usr/sbin/iotop" = "/usr/sbin/iotop-py";
  };
}

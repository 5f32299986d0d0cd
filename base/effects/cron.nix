{
  scripts = {
    postinst = {
      sha256 = [ "053ad0af6ecf458b754db5bbc5e44fc6956edc7675e7c322e173d510a6ae922d" ];
      by = "the mode of crontab is in this file";
    };
  };
  permissions = [
    {
      path = "/usr/bin/crontab";
      mode = "2755";
      user = "root";
      group = "crontab";
    }
  ];
}

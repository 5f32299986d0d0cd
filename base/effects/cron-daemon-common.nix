{
  scripts = {
    postinst = {
      sha256 = [ "4c926d4f2b02abc3107252f8dd3705c20990e7b9d8829a79c028b683fb379076" ];
      by = "group and owner of the crontabs are in this file";
    };
  };
  groups = [ "crontab" ];
  stateOwners = [
    {
      path = "/var/spool/cron/crontabs";
      user = "root";
      group = "crontab";
      mode = "1730";
    }
  ];
}

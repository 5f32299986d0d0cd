{
  scripts = {
    postinst = {
      sha256 = [ "df683b05f6875a702cd3c45089b3a3608764b3bb0b78df70ff43985c76cbe225" ];
      by = "the mode of its directory is in this file";
    };
    preinst = {
      sha256 = [ "49b2392d14b337d4bd023ab9b7d19ff57a44cbf319261265647de81f0881773c" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
  stateOwners = [
    {
      path = "/var/spool/rsyslog";
      mode = "0700";
    }
  ];
}

{
  scripts = {
    postinst = {
      sha256 = [ "7e879e9ba9cbdf8dbb7505b11c9dbda83ab96f709dbda8b6d7b445ea5f2d7e81" ];
      by = "the alternatives are in this file";
    };
  };
  alternatives = {
    "/usr/bin/traceroute" = "/usr/bin/traceroute.db";
    "/usr/bin/traceroute6" = "/usr/bin/traceroute6.db";
    "/usr/bin/lft" = "/usr/bin/lft.db";
    "/usr/bin/traceproto" = "/usr/bin/traceproto.db";
    "/usr/sbin/traceroute" = "/usr/bin/traceroute.db";
    "/usr/sbin/tcptraceroute" = "/usr/sbin/tcptraceroute.db";
  };
}

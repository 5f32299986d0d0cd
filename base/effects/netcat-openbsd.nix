{
  scripts = {
    postinst = {
      sha256 = [ "81abc862db99e322e5d6cda436769bc21b9394ce287ea35d057761b6313cb6ef" ];
      by = "the alternatives are in this file";
    };
  };
  alternatives = {
    "/usr/bin/nc" = "/usr/bin/nc.openbsd";
    "/usr/bin/netcat" = "/usr/bin/nc.openbsd";
  };
}

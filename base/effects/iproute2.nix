{
  scripts = {
    postinst = {
      sha256 = [ "2f3e1f7e73979c974a2cdf373b8f2ae345d8f1fa8cfc5d4623ed71887d2c8f53" ];
      by = "capabilities for /bin/ip only where somebody asked for them; not by default";
    };
  };
  # A script that the package only suggests an interpreter for.
  onlyWith.python3-minimal = [ "/usr/bin/routel" ];
}

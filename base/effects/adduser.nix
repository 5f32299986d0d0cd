{
  scripts = {
    preinst = {
      sha256 = [ "7f6b6affc5b83a6bbe3c620457d13a96671b8482b9389ebfc393548dff92dff5" ];
      by = "serves dpkg on the machine, which no image runs";
    };
  };
}

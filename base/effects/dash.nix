{
  scripts = {
    postinst = {
      sha256 = [ "7f90d7fdae7590c8ccbe36e8cca03909441afcf95c3e966b67a8097981b23c52" ];
      by = "/bin/sh is a file of the package; nothing is diverted";
    };
    preinst = {
      sha256 = [ "07dfa54d9a3f59a86e1e04705ceaa2596a05fc00a08bb964792dc8e8dc517108" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "7d12e5b11a8103a4426efa45407756110847196caa2f39618ed317157b472ddc" ];
      by = "the user and its directories are in this file";
    };
    preinst = {
      sha256 = [ "c5bfd63c7511505bbb147b8bcd8de8fffa8b6a200b5ae2af29f947108e4d570d" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
  users = {
    statd = {
      home = "/var/lib/nfs";
      group = "nogroup";
    };
  };
  stateOwners = [
    {
      path = "/var/lib/nfs/sm";
      user = "statd";
      mode = "0700";
    }
    {
      path = "/var/lib/nfs/sm.bak";
      user = "statd";
      mode = "0700";
    }
  ];
  # Scripts that the package only suggests an interpreter for.
  onlyWith.python3-minimal = [
    "/usr/sbin/mountstats"
    "/usr/sbin/nfsiostat"
    "/usr/sbin/rpcctl"
  ];
}

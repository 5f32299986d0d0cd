{
  scripts = {
    postinst = {
      sha256 = [ "fdb930aa405a3f6f27e5a46f121de1042dc84f1a42f6c633b32ce96d2a08ace9" ];
      by = "base/modules/services/networking/ntp/chrony.nix writes the settings; user and state directory are in this file";
    };
  };
  users = {
    _chrony = {
      description = "Chrony daemon";
      home = "/var/lib/chrony";
    };
  };
  stateOwners = [
    {
      path = "/var/lib/chrony";
      user = "_chrony";
      group = "_chrony";
      mode = "0750";
    }
    {
      path = "/var/log/chrony";
      user = "_chrony";
      group = "_chrony";
      mode = "0755";
    }
  ];
}

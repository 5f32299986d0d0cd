{
  scripts = {
    postinst = {
      sha256 = [ "3dce3421e5a224b28316b7a3b557956f2434b76d1ce2a5f40eb333f44cde685c" ];
      by = "base/modules/security/polkit.nix writes rules; the user is in sysusers.d, modes are in this file";
    };
  };
  permissions = [
    {
      path = "/usr/lib/polkit-1/polkit-agent-helper-1";
      mode = "4755";
      user = "root";
      group = "root";
    }
  ];
}

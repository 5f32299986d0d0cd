{
  scripts = {
    postinst = {
      sha256 = [ "0f97b851e74c3ddff77d5f22698bafc46ba773ab38ee873b3c978b35a97b637a" ];
      by = "base/modules/config/sysctl.nix: systemd-sysctl sets the values at boot";
    };
  };
}

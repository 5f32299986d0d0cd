{
  scripts = {
    postinst = {
      sha256 = [ "94506bc8b626670c34c3f328df3615033b8520e4b686e3a9e74814bf0219aee1" ];
      by = "base/modules/config/environment.nix writes inputrc";
    };
  };
}

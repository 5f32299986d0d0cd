{
  scripts = {
    postinst = {
      sha256 = [ "3993124dce901f2dcae630075c9bfae5639e83e20f82b0cbe36eb4d5b4067c53" ];
      by = "base/modules/system/boot/kernel.nix writes modules-load.d; /etc/modules is not used";
    };
  };
}

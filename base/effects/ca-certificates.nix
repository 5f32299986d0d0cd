{
  scripts = {
    postinst = {
      sha256 = [ "bbad2df5d3c5e3d787789275830bc5b597fe6e9218a99516947a079dcae9e262" ];
      by = "base/modules/security/ca.nix: the linker writes the bundle";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "be10656c9edf975f5dfe48fe5819172e905e14dcd4ff372af5d8b45b26168edd" ];
      by = "byte code is compiled by base/pkgs/debian/byte-code.nix; nothing else is done";
    };
  };
}

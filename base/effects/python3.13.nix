{
  scripts = {
    postinst = {
      sha256 = [ "aa141d83b50d64e7c950e6f8923c68b29f44dd8b48118c5d009ecee6eae13f7c" ];
      by = "byte code is compiled by base/pkgs/debian/byte-code.nix; nothing else is done";
    };
  };
}

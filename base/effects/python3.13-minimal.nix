{
  scripts = {
    postinst = {
      sha256 = [ "889fccd49312f43c74e44f01bd751aa9282894934d5a61bb4f387f79a486ff9d" ];
      by = "byte code is compiled by base/pkgs/debian/byte-code.nix; nothing else is done";
    };
    preinst = {
      sha256 = [ "7da899fb7aaf449eca6ea89eb41aef9bf9ee05a31d5db5716b8412ccca4126fa" ];
      by = "a mark for the other scripts";
    };
  };
}

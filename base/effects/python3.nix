{
  scripts = {
    postinst = {
      sha256 = [ "87ec3ad2227c3f02ec41e1908bb9c88bfc8a6825ae5b392c6359188331e8eb0d" ];
      by = "runs hooks that compile byte code; byte code is compiled by base/pkgs/debian/byte-code.nix; nothing else is done";
    };
    preinst = {
      sha256 = [ "e96541f254e7fb72f988d435af2a8626a25b752c441c8410233964ea3214b72d" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "c0f321bb918f882f25988086e7cfec249e7404c30403cf7aa7d853b75d6a9189" ];
      by = "base/modules/system/boot/resolved.nix links resolv.conf to the local server";
    };
  };
}

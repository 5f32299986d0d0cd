{
  scripts = {
    postinst = {
      sha256 = [ "3daa7e3ffd429c1d77287f0fc840a490a607697906d2303452f70578647ce0d4" ];
      by = "base/modules/config/networking.nix writes nsswitch.conf; the loader finds all libraries without a cache";
    };
  };
}

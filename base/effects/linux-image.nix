# The kernel. Its scripts hold its version; the hashes are of the scripts with a placeholder in the version's place.
{
  scripts = {
    preinst = {
      sha256 = [ "43c1d725f2e9a5c7e11e1916f14dbcea321f90f8d9c0950d0c6c872ea31336c7" ];
      by = "a mark for the other script";
    };
    postinst = {
      sha256 = [ "6949d3bf08ea29a61bd76b55ce61e8cbcbefa14596e5ff237e744c8943667373" ];
      by = "base/modules/image/build.nix: the linker computes the indexes of modules, the image brings initrd and boot entry";
    };
  };
}

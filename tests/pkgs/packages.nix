# The package set over the stand-in index.
arguments:
import ../../base/pkgs (
  {
    lib = import ../../base/lib;
    debian = {
      outPath = "/nix/store/00000000000000000000000000000000-source";
      lastModified = 1757664000;
      narHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    };
    host = import ./host.nix;
  }
  // arguments
)

# The package set over the stand-in index.
arguments:
import ../../base/pkgs (
  {
    lib = import ../../base/lib;
    debian = {
      outPath = toString ./fixtures/debian;
      lastModified = 1757664000;
      narHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    };
    host = import ./host.nix;
  }
  // arguments
)

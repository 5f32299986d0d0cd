{
  description = "Debian's nix-bin as a tree that runs from where it lies: the judge of the tests that compare with stock Nix";

  # The suite whose nix-bin is the version that hardpan imitates, 2.34.8. It is locked, so that every run has the same
  # judge; the lock's other input is whatever base this hardpan has.
  inputs.debian.url = "debian:forky";
  inputs.hardpan.url = "hardpan";
  inputs.hardpan.inputs.debian.follows = "debian";

  outputs =
    { hardpan, ... }:
    {
      packages.x86_64-linux.default = hardpan.legacyPackages.x86_64-linux.hardpan.sysroot [ "nix-bin" ];
    };
}

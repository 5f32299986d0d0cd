{
  description = "Debian's nix-bin as a tree that runs from where it lies: the judge of the tests that compare with stock Nix";

  inputs.hardpan.url = "hardpan";

  outputs =
    { self, hardpan }:
    {
      packages.x86_64-linux.default = hardpan.legacyPackages.x86_64-linux.hardpan.sysroot [ "nix-bin" ];
    };
}

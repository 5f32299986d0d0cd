# The base of hardpan: a library, an option tree and a package set for machines made of Debian's signed packages.
{
  description = "Machine images from Debian's signed packages, described as NixOS configurations are";

  inputs.debian.url = "debian:trixie";

  outputs =
    { self, debian }:
    let
      lib = (import ./lib).extend (
        final: _: {
          nixosSystem = final.hardpan.nixosSystemWith { inherit debian; };
          inherit (final.hardpan) imagesOf;
        }
      );
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
    in
    {
      inherit lib;

      legacyPackages = lib.genAttrs systems (system: import ./pkgs { inherit lib debian system; });

      nixosModules = {
        notDetected = ./modules/installer/scan/not-detected.nix;
        amazonImage = ./modules/virtualisation/amazon-image.nix;
        googleComputeImage = ./modules/virtualisation/google-compute-image.nix;
      };

      templates.default = {
        path = ./templates/default;
        description = "One machine, as images for clouds and for QEMU";
        welcomeText = ''
          Edit configuration.nix, then:

              hardpan build .#amazonImage    an image for EC2 (also googleComputeImage, rawImage, qcow2Image)
              hardpan vm .#my-base           the machine in QEMU
        '';
      };
    };
}

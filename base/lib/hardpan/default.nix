# What hardpan adds to the library.
{ lib }:
let
  gate = import ./gate.nix { inherit lib; };
  places = import ./places.nix { inherit lib; };
  secrets = import ./secrets.nix { inherit lib; };
  states = import ./states.nix { inherit lib; };
  system = import ./nixos-system.nix { inherit lib; };
  distinct = import ./distinct.nix { inherit lib; };
in
gate
// places
// secrets
// states
// system
// distinct
// {
  # What can be built of a machine, as the packages of a flake.
  imagesOf =
    configuration:
    let
      inherit (configuration.config.system) build;
      images = {
        inherit (build)
          amazonImage
          googleComputeImage
          rawImage
          qcow2Image
          toplevel
          vm
          ;
      };
    in
    images
    // {
      default = build.rawImage;
      # By its name the machine can be built, and run as `vm`.
      ${configuration.config.networking.hostName} = build.toplevel // { inherit (build) vm; };
    };
}

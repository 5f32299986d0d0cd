# The standard environments: what a derivation is built with.
{
  lib,
  pkgs,
  system,
  ...
}:
let
  hostPlatform = lib.systems.elaborate system;

  # Commands that every build finds, by Debian package.
  tools = [
    "bash"
    "bzip2"
    "coreutils"
    "dash"
    "diffutils"
    "file"
    "findutils"
    "gawk"
    "grep"
    "gzip"
    "libc-bin"
    "make"
    "patch"
    "sed"
    "tar"
    "xz-utils"
  ];
  compiler = [
    "binutils"
    "cpp"
    "g++"
    "gcc"
    "libc6-dev"
  ];

  cc =
    pkgs.hardpan.join {
      name = "gcc";
      packages = compiler;
      mainProgram = "gcc";
    }
    // {
      isGNU = true;
      isClang = false;
      libc = pkgs.hardpan.face "libc6";
      bintools = pkgs.hardpan.face "binutils";
      cc = pkgs.hardpan.face "gcc" // {
        lib = pkgs.hardpan.face "libstdc++6";
      };
    };

  setup = pkgs.writeTextDir "setup" (
    builtins.readFile ./setup.sh + builtins.readFile ./commands.sh
  );

  makeStdenv =
    { packages, hasCC, name }:
    let
      self = {
        inherit
          name
          hasCC
          hostPlatform
          system
          setup
          ;
        buildPlatform = hostPlatform;
        targetPlatform = hostPlatform;
        inherit (hostPlatform)
          isLinux
          isDarwin
          isx86_64
          isAarch64
          is64bit
          ;
        initialPath = packages;
        shell = pkgs.runtimeShell;
        mkDerivation = import ./make-derivation.nix {
          inherit
            lib
            pkgs
            system
            packages
            hasCC
            ;
          stdenv = self;
        };
      }
      // lib.optionalAttrs hasCC { inherit cc; };
    in
    self;
in
{
  stdenv = makeStdenv {
    name = "stdenv-debian";
    packages = tools ++ compiler;
    hasCC = true;
  };
  stdenvNoCC = makeStdenv {
    name = "stdenv-debian-no-cc";
    packages = tools;
    hasCC = false;
  };
  gccStdenv = pkgs.stdenv;
  inherit hostPlatform;
  targetPlatform = hostPlatform;
  buildPlatform = hostPlatform;
}

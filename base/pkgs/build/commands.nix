# Derivations made by a few lines of shell.
{ lib, pkgs }:
let
  run =
    stdenv: name: environment: buildCommand:
    stdenv.mkDerivation (
      {
        inherit name buildCommand;
        passAsFile = [ "buildCommand" ] ++ environment.passAsFile or [ ];
      }
      // removeAttrs environment [ "passAsFile" ]
    );

  runLocal =
    name: environment:
    run pkgs.stdenvNoCC name (
      environment
      // {
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
    );
in
{
  runCommand = run pkgs.stdenvNoCC;
  runCommandNoCC = run pkgs.stdenvNoCC;
  runCommandLocal = runLocal;
  runCommandNoCCLocal = runLocal;
  runCommandCC = run pkgs.stdenv;

  runCommandWith =
    {
      name,
      stdenv ? pkgs.stdenv,
      runLocal ? false,
      derivationArgs ? { },
    }:
    run stdenv name (
      derivationArgs
      // lib.optionalAttrs runLocal {
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
    );

  # makeWrapper and wrapProgram are part of the build environment itself; naming them is harmless.
  makeWrapper = pkgs.emptyDirectory;
  makeBinaryWrapper = pkgs.emptyDirectory;
  installShellFiles = pkgs.emptyDirectory;
  autoPatchelfHook = pkgs.emptyDirectory;

  # A derivation with patches applied to a source tree.
  applyPatches =
    {
      src,
      patches ? [ ],
      name ? "${src.name or (builtins.baseNameOf src)}-patched",
      ...
    }@arguments:
    pkgs.stdenvNoCC.mkDerivation (
      {
        inherit name;
        dontConfigure = true;
        dontBuild = true;
        dontFixup = true;
        installPhase = ''
          runHook preInstall
          cp --recursive . $out
          runHook postInstall
        '';
      }
      // arguments
    );

  srcOnly =
    arguments:
    let
      source = if lib.isDerivation arguments then arguments.drvAttrs else arguments;
    in
    pkgs.applyPatches { inherit (source) src; patches = source.patches or [ ]; };

  # The directory of a package, as an environment for `hardpan develop`.
  mkShell =
    {
      name ? "nix-shell",
      packages ? [ ],
      inputsFrom ? [ ],
      buildInputs ? [ ],
      nativeBuildInputs ? [ ],
      propagatedBuildInputs ? [ ],
      propagatedNativeBuildInputs ? [ ],
      shellHook ? "",
      ...
    }@arguments:
    let
      joined = field: (arguments.${field} or [ ]) ++ builtins.concatMap (input: input.${field} or [ ]) inputsFrom;
      rest = removeAttrs arguments [
        "packages"
        "inputsFrom"
      ];
    in
    pkgs.stdenv.mkDerivation (
      rest
      // {
        inherit name;
        buildInputs = joined "buildInputs";
        nativeBuildInputs = packages ++ joined "nativeBuildInputs";
        propagatedBuildInputs = joined "propagatedBuildInputs";
        propagatedNativeBuildInputs = joined "propagatedNativeBuildInputs";
        shellHook = lib.concatStringsSep "\n" (
          lib.catAttrs "shellHook" (lib.reverseList inputsFrom ++ [ arguments ])
        );
        phases = [ "buildPhase" ];
        buildPhase = ''
          export > $out
        '';
      }
    );
  mkShellNoCC = pkgs.mkShell;
}

# stdenv.mkDerivation: a derivation whose sandbox has a root of unpacked Debian packages.
{
  lib,
  pkgs,
  stdenv,
  system,
  packages,
  hasCC,
}:
let
  inherit (pkgs.hardpan)
    debianPackagesOf
    isDebian
    mentioned
    sysrootWith
    ;

  inputFields = [
    "nativeBuildInputs"
    "buildInputs"
    "propagatedNativeBuildInputs"
    "propagatedBuildInputs"
    "nativeCheckInputs"
    "checkInputs"
    "nativeInstallCheckInputs"
    "installCheckInputs"
    "depsBuildBuild"
  ];

  # What says something about a derivation and is no part of it.
  apart = [
    "meta"
    "passthru"
    "pname"
    "env"
    "pos"
    "__structuredAttrs"
    "strictDeps"
    "enableParallelBuilding"
    "enableParallelChecking"
    "enableParallelInstalling"
    "doCheck"
    "doInstallCheck"
    "outputChecks"
    "hardeningEnable"
    "hardeningDisable"
    "separateDebugInfo"
    "disallowedReferences"
    "disallowedRequisites"
    "args"
    "builder"
    "realBuilder"
    "name"
    "version"
    "stdenv"
  ]
  ++ inputFields;

  # Libraries bring their headers.
  withDevelopment =
    inputs:
    builtins.concatMap (
      input: [ input ] ++ lib.optional (hasCC && isDebian input && input ? dev) input.dev
    ) inputs;

  # .drv files that the values of a derivation mention.
  mentionedDerivations =
    values:
    builtins.filter (lib.hasSuffix ".drv") (
      builtins.attrNames (builtins.getContext (builtins.toJSON values))
    );

  # Debian packages that the build can use: those of its inputs, and those that its texts name.
  sysrootFor =
    {
      inputs,
      values,
    }:
    let
      derivations = mentionedDerivations values;
      named = if derivations == [ ] then [ ] else mentioned derivations;
    in
    sysrootWith {
      name = "build-root";
      packages = packages ++ named ++ builtins.filter isDebian (withDevelopment inputs);
    };

  nameOf =
    attributes:
    attributes.name or (
      if attributes ? pname then
        "${attributes.pname}-${attributes.version or (throw "mkDerivation: ${attributes.pname} has no version")}"
      else
        throw "mkDerivation needs a name, or a pname and a version"
    );

  flag = value: if value then "1" else "";

  make =
    attributes:
    let
      name = nameOf attributes;
      inputsOf = field: lib.flatten (builtins.filter (input: input != null) (lib.toList (attributes.${field} or [ ])));
      checks = attributes.doCheck or false;
      installChecks = attributes.doInstallCheck or false;
      fields = builtins.filter (
        field:
        (checks || !(builtins.elem field [ "nativeCheckInputs" "checkInputs" ]))
        && (installChecks || !(builtins.elem field [ "nativeInstallCheckInputs" "installCheckInputs" ]))
      ) inputFields;
      inputs = builtins.concatMap inputsOf fields;

      # Debian's packages are in the root. Those that the result runs with are named, so that they follow it into an
      # image; those that only build it are not.
      runs = inputsOf "buildInputs" ++ inputsOf "propagatedBuildInputs";
      others = builtins.filter (input: !(isDebian input)) inputs;
      runtime = lib.optional (hasCC && !(attributes ? outputHash)) (pkgs.hardpan.face "libstdc++6");

      values =
        removeAttrs attributes apart
        // attributes.env or { }
        // {
          inherit (attributes) version;
          pname = attributes.pname or (lib.getName name);
          hardpanInputs = others;
          buildInputs = runs;
          propagatedBuildInputs = inputsOf "propagatedBuildInputs";
          doCheck = flag checks;
          doInstallCheck = flag installChecks;
          enableParallelBuilding = flag (attributes.enableParallelBuilding or true);
        };
    in
    {
      inherit
        name
        inputs
        runtime
        ;
      values = if attributes ? version then values else removeAttrs values [ "version" ];
      arguments =
        if attributes ? args || attributes ? builder || attributes ? realBuilder then
          attributes.args or [
            "-e"
            (attributes.realBuilder or attributes.builder)
          ]
        else
          [
            "-e"
            "-c"
            "source $stdenv/setup; genericBuild"
          ];
      builder = if attributes ? args then attributes.builder or "/bin/bash" else "/bin/bash";
    };

  metaOf =
    attributes: name:
    {
      inherit name;
      available = true;
      broken = false;
      insecure = false;
      unsupported = false;
      outputsToInstall = [ "out" ];
    }
    // (attributes.meta or { });

  build =
    attributesOf: attributes:
    let
      parts = make attributes;
      plain = derivation (
        {
          inherit (parts) name builder;
          inherit system;
          args = parts.arguments;
          stdenv = stdenv.setup;
          shell = pkgs.runtimeShell;
          __hardpanSysroot = sysrootFor { inherit (parts) inputs values; };
          runtimeLibraries = parts.runtime;
        }
        // parts.values
      );
      passthru = attributes.passthru or { };
    in
    lib.extendDerivation true (
      builtins.intersectAttrs {
        pname = null;
        version = null;
        src = null;
        nativeBuildInputs = null;
        buildInputs = null;
        propagatedBuildInputs = null;
        propagatedNativeBuildInputs = null;
        shellHook = null;
      } attributes
      // passthru
      // {
        inherit passthru;
        meta = metaOf attributes parts.name;
        overrideAttrs = change: fromFunction (changed attributesOf change);
        # What `hardpan develop` enters.
        inputDerivation = plain;
      }
    ) plain;

  # `change` sees the final attributes and those it changes, or only the latter.
  changed =
    attributesOf: change: final:
    let
      previous = attributesOf final;
      called = if lib.isFunction change then change previous else change;
      new = if lib.isFunction called then change final previous else called;
    in
    previous // new;

  fromFunction =
    attributesOf:
    let
      final = attributesOf (final // { finalPackage = package; });
      package = build attributesOf final;
    in
    package;
in
attributesOrFunction:
fromFunction (
  if lib.isFunction attributesOrFunction then attributesOrFunction else (_: attributesOrFunction)
)

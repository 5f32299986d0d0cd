# Attributes of nixpkgs that hold whole sets of packages.
{ lib, pkgs }:
let
  inherit (pkgs.hardpan) face join debianPackagesOf;
  arch = if pkgs.system == "aarch64-linux" then "arm64" else "amd64";

  # The packages that Debian calls <prefix><name><suffix>, under their own names, as far as somebody asks for them.
  family =
    prefix: suffix:
    let
      start = builtins.stringLength prefix;
      end = builtins.stringLength suffix;
      belongs = name: lib.hasPrefix prefix name && lib.hasSuffix suffix name && builtins.stringLength name > start + end;
      own = name: builtins.substring start (builtins.stringLength name - start - end) name;
    in
    builtins.listToAttrs (
      map (name: {
        name = own name;
        value = pkgs.debian.${name};
      }) (builtins.filter belongs (builtins.attrNames pkgs.debian))
    );

  # A language's program, alone or together with some of its libraries, which Debian installs for every program.
  language =
    set: further: arguments:
    join arguments
    // further
    // {
      withPackages =
        choose:
        join (
          arguments
          // {
            packages = lib.unique (arguments.packages ++ debianPackagesOf (choose set));
          }
        );
      pkgs = set;
    };

  pythonModules =
    let
      modules = family "python3-" "";
    in
    modules
    // {
      python = python3;
      # Names that Python's index and Debian spell differently.
      beautifulsoup4 = modules.bs4;
      pyyaml = modules.yaml;
      python-dateutil = modules.dateutil;
      pillow = modules.pil;
      pyserial = modules.serial;
      psycopg2 = modules.psycopg2;
      pycryptodome = modules.pycryptodome;
      prometheus-client = modules."prometheus-client";
      prometheus_client = modules."prometheus-client";
    }
    // lib.mapAttrs' (name: value: {
      name = builtins.replaceStrings [ "-" ] [ "_" ] name;
      inherit value;
    }) modules;

  python3 = language pythonModules python {
    name = "python3";
    packages = [
      "python3"
      "python3-minimal"
    ];
    programs.python = "python3";
    mainProgram = "python3";
  };

  python = {
    interpreter = "${python3}/bin/python3";
    executable = "python3";
    sitePackages = "lib/python3/dist-packages";
    libPrefix = "python3";
    pythonVersion = lib.versions.majorMinor python3.version;
  };

  # Debian installs extensions for the version that they are named after.
  postgresql = language (family "postgresql-17-" "") { psqlSchema = "17"; } (
    { name = "postgresql"; } // (import ./renamed.nix).postgresql_17
  );

  perlModules = family "lib" "-perl";

  kernel = name: {
    kernel = face name;
    # Debian's kernel has its modules in itself; what others offer apart is not there.
    recurseForDerivations = false;
  };

  image = "linux-image-${arch}";
  locked = pkgs.hardpan.record image;

  # Debian's newest kernel is that of a suite that is not yet, or not part of, a release.
  newest =
    what: value:
    let
      isNewest =
        lib.hasSuffix "-backports" locked.suite
        || builtins.elem locked.suite [
          "experimental"
          "sid"
          "unstable"
        ];
    in
    if isNewest then
      value
    else
      throw "${what}: the locked suites have Debian's kernel ${locked.version}, of ${locked.suite}, and not its newest; make inputs.backports.url = \"debian:${pkgs.hardpan.codename}-backports\" an input and say hardpan.archives = [ { archive = inputs.backports; replace = [ \"${image}\" ]; } ], or take pkgs.linuxPackages for the one that is there";

  # A kernel by its series, where Debian's is of that series.
  kernelSeries = [
    "5_10"
    "5_15"
    "6_1"
    "6_6"
    "6_12"
    "6_16"
    "6_17"
    "6_18"
    "6_19"
  ];
  ofSeries =
    what: series: value:
    if lib.versions.majorMinor locked.version == lib.replaceStrings [ "_" ] [ "." ] series then
      value
    else
      throw "${what}: the locked suites have Debian's kernel ${locked.version}; take pkgs.linuxPackages for that one";
in
{
  inherit python3 postgresql;
  postgresql_17 = postgresql;
  postgresqlPackages = postgresql.pkgs;
  python3Packages = pythonModules;
  python313Packages = pythonModules;
  python3Full = python3;

  perlPackages = perlModules;
  perl = language perlModules { } {
    name = "perl";
    packages = [
      "perl"
      "perl-base"
    ];
    mainProgram = "perl";
  };

  phpPackages.composer = face "composer";
  php84Packages.composer = face "composer";
  nodePackages = { };

  # X11's libraries under the names that upstream gives them.
  xorg = {
    libX11 = pkgs.libx11;
    libXcomposite = pkgs.libxcomposite;
    libXcursor = pkgs.libxcursor;
    libXdamage = pkgs.libxdamage;
    libXext = pkgs.libxext;
    libXfixes = pkgs.libxfixes;
    libXi = pkgs.libxi;
    libXrandr = pkgs.libxrandr;
    libXrender = pkgs.libxrender;
    libXtst = pkgs.libxtst;
    libxcb = pkgs.libxcb;
    xauth = face "xauth";
    xorgserver = face "xserver-xorg-core";
    xrandr = face "x11-xserver-utils";
  };

  vimPlugins = family "vim-" "";
  gitAndTools = pkgs;
  aspellDicts = family "aspell-" "";
  hunspellDicts = family "hunspell-" "";

  nixVersions = {
    stable = face "nix-bin";
    latest = face "nix-bin";
  };

  linuxPackages = kernel image;
  linuxPackages_latest = newest "pkgs.linuxPackages_latest" (kernel image);
  linuxPackages_cloud = kernel "linux-image-cloud-${arch}";
  linuxPackages_rt = kernel "linux-image-rt-${arch}";
  linux = face image;
  linux_latest = newest "pkgs.linux_latest" (face image);
}
// builtins.listToAttrs (
  lib.concatMap (series: [
    {
      name = "linuxPackages_${series}";
      value = ofSeries "pkgs.linuxPackages_${series}" series (kernel image);
    }
    {
      name = "linux_${series}";
      value = ofSeries "pkgs.linux_${series}" series (face image);
    }
  ]) kernelSeries
)

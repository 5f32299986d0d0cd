# What `pkgs.<name>` is: a derivation whose output leads into the package's files, wherever it is mounted.
{
  lib,
  names,
  records,
  objects,
}:
let
  programTable = import ../names/programs.nix;
  alternatives = import ../names/alternatives.nix;

  # What may be somebody's login shell.
  shells = [
    "bash"
    "dash"
    "elvish"
    "fish"
    "ksh93u+m"
    "mksh"
    "tcsh"
    "xonsh"
    "zsh"
  ];

  plural = packages: builtins.concatStringsSep ", " (map (name: "'${name}'") packages);

  prebuilt =
    packages: what:
    throw "${what} cannot change the Debian package ${plural packages}: it is used as Debian built and signed it; write a derivation of your own (stdenv.mkDerivation) or take the package from nixpkgs as a further flake input";

  # Only what is said about a package can be changed.
  withoutRebuild =
    self: packages: change:
    let
      old = {
        inherit (self)
          name
          pname
          version
          meta
          passthru
          ;
      };
      called = if lib.isFunction change then change old else change;
      new = if lib.isFunction called then change (old // new) old else called;
      rebuilt = removeAttrs new [
        "meta"
        "passthru"
      ];
      passthru = new.passthru or { };
      changed = self // passthru // { meta = new.meta or self.meta; } // {
        overrideAttrs = withoutRebuild changed packages;
      };
    in
    if rebuilt == { } then
      changed
    else
      prebuilt packages "overrideAttrs (${plural (builtins.attrNames rebuilt)})";

  metaOf = record: mainProgram: {
    inherit mainProgram;
    inherit (record) description homepage;
    name = "${record.name}-${record.version}";
    available = true;
    broken = false;
    insecure = false;
    unfree = false;
    platforms = lib.platforms.linux or [ ];
    outputsToInstall = [ "out" ];
    # Where the package comes from stands in for a line of source.
    debian = {
      inherit (record)
        name
        version
        source
        sourceVersion
        section
        ;
    };
  };

  dress =
    {
      drv,
      pname,
      version,
      meta,
      packages,
      passthru,
    }:
    let
      known = passthru // {
        debianPackages = packages;
        debianName = builtins.head packages;
      };
      self =
        drv
        // known
        // {
          inherit
            pname
            version
            meta
            ;
          passthru = known;
          outputs = [ "out" ];
          outputName = "out";
          out = self;
          all = [ self ];
          outputSpecified = false;
          override = _: prebuilt packages "override";
          overrideDerivation = _: prebuilt packages "overrideDerivation";
          overrideAttrs = withoutRebuild self packages;
        };
    in
    self;

  faceDerivation =
    record: object:
    derivation {
      name = names.storeName "${record.name}-${record.version}";
      system = "builtin";
      builder = "builtin:hardpan-face-v1";
      debianName = record.name;
      inherit object;
    };

  # { fd = "fdfind"; } -> { "bin/fd" = "/usr/bin/fdfind"; }
  linksOf =
    place: programs:
    lib.mapAttrs' (
      name: program:
      let
        target = if lib.hasPrefix "/" program then program else "/usr/bin/${program}";
      in
      {
        name = place name target;
        value = target;
      }
    ) programs;

  linksInFace = linksOf (name: _: "bin/${name}");

  # In a root, a command lies beside what it leads to.
  linksInRoot = linksOf (
    name: target: if lib.hasPrefix "/usr/sbin/" target then "/usr/sbin/${name}" else "/usr/bin/${name}"
  );

  # Commands that installing these packages would have linked.
  alternativesOf =
    packages:
    let
      known = map (name: alternatives.${name}) (builtins.filter (name: alternatives ? ${name}) packages);
      joined = field: builtins.foldl' (all: entry: all // entry.${field} or { }) { } known;
    in
    {
      programs = joined "programs";
      faceOnly = joined "faceOnly";
    };

  plainFace = record: faceDerivation record (objects.object record);

  # Faces under one roof, with further commands.
  roof =
    {
      name,
      records,
      programs,
      faceOnly,
    }:
    objects.links {
      inherit name;
      paths = map plainFace records;
      links = linksInFace (programs // faceOnly);
    };

  # A package, or several under one name. `programs` gives commands other names, in the package's path and in images
  # that name it; `faceOnly` only in the package's path.
  make =
    {
      name,
      packages,
      programs ? { },
      faceOnly ? { },
      mainProgram ? null,
      passthru ? { },
    }:
    let
      allRecords = map records.of packages;
      first = builtins.head allRecords;
      names' = map (record: record.name) allRecords;
      usual = alternativesOf names';
      allPrograms = usual.programs // programs;
      allFaceOnly = usual.faceOnly // faceOnly;
      program =
        if mainProgram != null then mainProgram else programTable.${first.name} or first.name;
      single = builtins.length allRecords == 1 && allPrograms == { } && allFaceOnly == { };
    in
    dress {
      drv =
        if single then
          plainFace first
        else
          roof {
            name = "${name}-${first.version}";
            records = allRecords;
            programs = allPrograms;
            faceOnly = allFaceOnly;
          };
      pname = name;
      version = names.upstreamVersion first.version;
      meta = metaOf first program;
      packages = names';
      passthru = {
        record = first;
        object = objects.object first;
        deb = objects.deb first;
        debianVersion = first.version;
        # Commands as paths of an image's root.
        debianLinks = linksInRoot allPrograms;
      }
      // lib.optionalAttrs (builtins.elem first.name shells) { shellPath = "/bin/${program}"; }
      // passthru;
    };

  face =
    package:
    make {
      name = if builtins.isAttrs package then package.name else package;
      packages = [ package ];
    };

  # All that update-alternatives would link in a system with these packages.
  systemLinks =
    packages:
    let
      usual = alternativesOf packages;
    in
    linksInRoot (usual.faceOnly // usual.programs);

  isDebian = value: builtins.isAttrs value && value ? debianPackages;
in
{
  inherit face isDebian systemLinks;
  join = make;

  # The Debian packages that a package, a name or a list of them stands for; none for other derivations.
  debianPackagesOf =
    let
      of =
        value:
        if builtins.isString value then
          [ value ]
        else if builtins.isList value then
          lib.unique (builtins.concatMap of value)
        else
          value.debianPackages or [ ];
    in
    of;
}

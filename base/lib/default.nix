# The library: one fixed point, so that `lib.extend` reaches every function that looks others up through it.
#
# What nearly every evaluation needs is merged in here; the other files are read when one of their names is used.
let
  makeLibrary =
    overlay:
    let
      base = library self;
      self =
        base
        // overlay self base
        // {
          extend =
            more:
            makeLibrary (
              final: previous:
              let
                first = overlay final previous;
              in
              first // more final (previous // first)
            );
        };
    in
    self;

  library =
    lib:
    let
      load = file: import file { inherit lib; };
      trivial = load ./trivial.nix;
      fixedPoints = load ./fixed-points.nix;
      attrsets = load ./attrsets.nix;
      lists = load ./lists.nix;
      strings = load ./strings.nix;
      options = load ./options.nix;
      modules = load ./modules;
    in
    trivial // fixedPoints // attrsets // lists // strings // options // modules // outOfReach lib load
    // {
      inherit
        trivial
        fixedPoints
        attrsets
        lists
        strings
        options
        modules
        ;
      inherit (lists) replicate;
      inherit (builtins)
        addErrorContext
        baseNameOf
        ceil
        div
        dirOf
        floor
        fromTOML
        hasContext
        hashString
        mul
        readDir
        toPath
        trace
        tryEval
        unsafeGetAttrPos
        ;
      inherit (trivial) importJSON importTOML;
    };

  # Sets behind names of their own, and the functions of theirs that are also reached directly.
  outOfReach =
    lib: load:
    {
      types = load ./types;
      inherit (lib.types)
        defaultFunctor
        defaultTypeMerge
        isOptionType
        isType
        mkOptionType
        optionDescriptionPhrase
        setType
        ;
      versions = load ./versions.nix;
      customisation = load ./customisation.nix;
      derivations = load ./derivations.nix;
      generators = load ./generators;
      gvariant = load ./gvariant.nix;
      asserts = load ./asserts.nix;
      cli = load ./cli.nix;
      debug = load ./debug.nix;
      filesystem = load ./filesystem.nix;
      sources = load ./sources.nix;
      sourceTypes = load ./source-types.nix;
      fetchers = load ./fetchers.nix;
      fileset = load ./fileset;
      path = load ./path.nix;
      meta = load ./meta.nix;
      licenses = load ./licenses.nix;
      maintainers = load ./maintainers.nix;
      teams = load ./teams.nix;
      systems = load ./systems;
      platforms = lib.systems.doubles;
      network = load ./network.nix;
      kernel = load ./kernel.nix;
      stringsWithDeps = load ./strings-with-deps.nix;
      hardpan = load ./hardpan;
      inherit (lib.asserts)
        assertEachOneOf
        assertMsg
        assertOneOf
        ;
      inherit (lib.cli) toGNUCommandLine toGNUCommandLineShell;
      inherit (lib.customisation)
        callPackageWith
        callPackagesWith
        extendDerivation
        extendMkDerivation
        hydraJob
        makeOverridable
        makeScope
        makeScopeWithSplicing
        makeScopeWithSplicing'
        overrideDerivation
        renameCrossIndexFrom
        renameCrossIndexTo
        ;
      inherit (lib.derivations)
        lazyDerivation
        optionalDrvAttr
        warnOnInstantiate
        ;
      inherit (lib.debug)
        runTests
        testAllTrue
        traceFnSeqN
        traceIf
        traceSeq
        traceSeqN
        traceVal
        traceValFn
        traceValSeq
        traceValSeqFn
        traceValSeqN
        traceValSeqNFn
        ;
      inherit (lib.filesystem)
        haskellPathsInDir
        listFilesRecursive
        locateDominatingFile
        packagesFromDirectoryRecursive
        pathHasContext
        pathIsDirectory
        pathIsGitRepo
        pathIsRegularFile
        pathType
        ;
      inherit (lib.sources)
        canCleanSource
        cleanSource
        cleanSourceFilter
        cleanSourceWith
        commitIdFromGitRepo
        evalSource
        sourceByRegex
        sourceFilesBySuffices
        ;
      misc = load ./misc.nix;
      inherit (lib.misc)
        closePropagation
        mapAttrsFlatten
        maybeAttr
        maybeEnv
        nvs
        setAttr
        uniqList
        ;
      inherit (lib.meta)
        cpeFullVersionWithVendor
        cpePatchVersionInUpdateWithVendor
        tryCPEPatchVersionInUpdateWithVendor
        addMetaAttrs
        appendToName
        availableOn
        dontDistribute
        getExe
        getExe'
        getLicenseFromSpdxId
        getLicenseFromSpdxIdOr
        hiPrio
        hiPrioSet
        licensesSpdx
        lowPrio
        lowPrioSet
        mapDerivationAttrset
        platformMatch
        setName
        setPrio
        updateName
        ;
      inherit (lib.stringsWithDeps)
        fullDepEntry
        noDepEntry
        packEntry
        stringAfter
        textClosureList
        textClosureMap
        ;
    };
in
makeLibrary (_: _: { })

# Copying part of a directory to the store.
{ lib }:
let
  inherit (builtins)
    any
    baseNameOf
    match
    pathExists
    ;

  # Directories of version control, and what editors and compilers leave behind.
  cleanSourceFilter =
    path: type:
    let
      name = baseNameOf (toString path);
    in
    !(
      (
        builtins.elem name [
          ".git"
          ".svn"
          "CVS"
          ".hg"
          ".jj"
          ".pijul"
          "_darcs"
        ]
        && (type == "directory" || type == "regular" && name == ".git")
      )
      || lib.hasSuffix "~" name
      || match "\\.sw[a-z]" name != null
      || match "\\..*\\.sw[a-z]" name != null
      || lib.hasSuffix ".o" name
      || lib.hasSuffix ".so" name
      || (type == "symlink" && lib.hasPrefix "result" name)
      || type == "unknown"
    );

  isFiltered = source: source ? _isLibCleanSourceWith;
  attributesOf = source: {
    origSrc = if isFiltered source then source.origSrc else source;
    filter = if isFiltered source then source.filter else _: _: true;
    name = if isFiltered source then source.name else "source";
  };

  cleanSourceWith =
    {
      filter ? (_: _: true),
      src,
      name ? null,
    }:
    let
      before = attributesOf src;
    in
    fromAttributes {
      inherit (before) origSrc;
      # Both filters must let a path through, the inner one first.
      filter = path: type: before.filter path type && filter path type;
      name = if name == null then before.name else name;
    };
  fromAttributes =
    { origSrc, filter, name }:
    {
      _isLibCleanSourceWith = true;
      inherit origSrc filter name;
      outPath = builtins.path {
        path = origSrc;
        inherit filter name;
      };
    };
in
{
  inherit cleanSourceFilter cleanSourceWith;
  cleanSource =
    src:
    cleanSourceWith {
      filter = cleanSourceFilter;
      inherit src;
    };
  canCleanSource = source: isFiltered source || !(lib.isStorePath (toString source));
  sourceFilesBySuffices =
    src: suffixes:
    cleanSourceWith {
      filter = path: type: type == "directory" || any (suffix: lib.hasSuffix suffix (baseNameOf path)) suffixes;
      inherit src;
    };
  sourceByRegex =
    src: patterns:
    let
      root = toString (attributesOf src).origSrc + "/";
    in
    cleanSourceWith {
      filter =
        path: _:
        let
          relative = lib.removePrefix root (toString path);
        in
        any (pattern: match pattern relative != null) patterns;
      inherit src;
    };
  trace =
    source:
    let
      before = attributesOf source;
    in
    fromAttributes (
      before
      // {
        filter =
          path: type:
          let
            kept = before.filter path type;
          in
          builtins.trace "${before.name}: ${toString path} (${type}) is ${if kept then "kept" else "left out"}" kept;
      }
    );
  evalSource = source: source.outPath;

  # A commit's first digits; a version out of a tag; else the name itself.
  shortRev =
    revision:
    let
      name = baseNameOf (toString revision);
      version = match "([A-Za-z]+[-_. ]?)*(v)?([0-9.]+.*)" name;
    in
    if match "[a-f0-9]+" name != null then
      builtins.substring 0 7 name
    else if version != null then
      lib.last version
    else
      name;
  # What a repository is called: the last part of its address, without `.git`.
  urlToName =
    url:
    lib.removeSuffix ".git" (baseNameOf (lib.removeSuffix "/" (lib.last (lib.splitString ":" (toString url)))));

  commitIdFromGitRepo =
    path:
    lib.sources.commitIdFromGitRepoOr path (throw "commitIdFromGitRepo: no commit is found in ${toString path}");
  commitIdFromGitRepoOr =
    path: otherwise:
    let
      headFile = path + "/HEAD";
      head = lib.fileContents headFile;
      reference = match "ref: (.*)" head;
      referenceFile = path + "/${builtins.head reference}";
    in
    if !pathExists headFile then
      otherwise
    else if reference == null then
      head
    else if pathExists referenceFile then
      lib.fileContents referenceFile
    else
      otherwise;
  pathType = lib.filesystem.pathType;
  pathIsDirectory = lib.filesystem.pathIsDirectory;
  pathIsRegularFile = lib.filesystem.pathIsRegularFile;
  pathIsGitRepo = lib.filesystem.pathIsGitRepo;
}

# Sets of files, and copying one to the store.
{ lib }:
let
  inherit (builtins)
    foldl'
    isAttrs
    isPath
    length
    pathExists
    ;
  tree = import ./tree.nix { inherit lib; };

  # `base` is null for the empty set.
  make = base: content: {
    _type = "fileset";
    _base = base;
    _tree = content;
  };
  empty = make null false;
  isFileset = value: value._type or null == "fileset";

  fromPath =
    what: path:
    if !pathExists path then
      throw "${what}: a path that does not exist: ${toString path}; lib.fileset.maybeMissing says that it may be absent"
    else if lib.filesystem.pathIsDirectory path then
      make path true
    else
      make (dirOf path) { ${baseNameOf path} = true; };

  toFileset =
    what: value:
    if isFileset value then
      value
    else if value._isLibCleanSourceWith or false then
      throw "${what}: a value of lib.sources, which lib.fileset.fromSource makes into a file set"
    else if isPath value then
      fromPath what value
    else
      throw "${what}: a value of type ${builtins.typeOf value} where a file set or a path was expected";

  # The set as seen from a directory above its base.
  seenFrom =
    base: fileset:
    if fileset._base == null then
      false
    else
      let
        names = lib.path.subpath.components (lib.path.removePrefix base fileset._base);
      in
      if fileset._base == base then fileset._tree else lib.setAttrByPath names fileset._tree;

  commonBase =
    left: right: if lib.path.hasPrefix left right then left else commonBase (dirOf left) right;

  combine =
    operator: left: right:
    let
      base = commonBase left._base right._base;
    in
    make base (operator (seenFrom base left) (seenFrom base right));
  unionOf =
    left: right:
    if left._base == null then
      right
    else if right._base == null then
      left
    else
      combine tree.union left right;
  intersectionOf =
    left: right: if left._base == null || right._base == null then empty else combine tree.intersection left right;

  # What the filter of builtins.path says of each path below the root.
  filterFor =
    root: content:
    let
      depth = length (lib.splitString "/" (lib.removeSuffix "/" (toString root)));
    in
    path: type:
    let
      names = lib.drop depth (lib.splitString "/" path);
      inner = foldl' tree.entry content names;
    in
    if type == "directory" then tree.hasFiles (/. + path) inner else inner != false;

  files =
    fileset: if fileset._base == null then [ ] else tree.files fileset._base fileset._tree;
in
{
  inherit empty isFileset;

  maybeMissing = path: if pathExists path then fromPath "lib.fileset.maybeMissing" path else empty;
  union =
    left: right:
    unionOf (toFileset "lib.fileset.union" left) (toFileset "lib.fileset.union" right);
  unions = list: foldl' (all: one: unionOf all (toFileset "lib.fileset.unions" one)) empty list;
  intersection =
    left: right:
    intersectionOf (toFileset "lib.fileset.intersection" left) (toFileset "lib.fileset.intersection" right);
  difference =
    positive: negative:
    let
      left = toFileset "lib.fileset.difference" positive;
      right = toFileset "lib.fileset.difference" negative;
      base = commonBase left._base right._base;
    in
    if left._base == null || right._base == null then
      left
    else
      make base (tree.difference base (seenFrom base left) (seenFrom base right));

  # The predicate gets { name, type, hasExt }.
  fileFilter =
    predicate: path:
    let
      matches =
        name: type:
        predicate {
          inherit name type;
          hasExt = extension: lib.hasSuffix ".${extension}" name;
        };
    in
    if lib.filesystem.pathIsDirectory path then
      make path (tree.select matches path)
    else if matches (baseNameOf path) (lib.filesystem.pathType path) then
      fromPath "lib.fileset.fileFilter" path
    else
      empty;

  toSource =
    { root, fileset }:
    let
      given = toFileset "lib.fileset.toSource" fileset;
      outside = given._base != null && !lib.path.hasPrefix root given._base;
    in
    if !isPath root then
      throw "lib.fileset.toSource: `root` is of type ${builtins.typeOf root}, but it should be a path"
    else if outside then
      throw "lib.fileset.toSource: `fileset` could contain files in ${toString given._base}, which is not under the `root` (${toString root})"
    else
      lib.sources.cleanSourceWith {
        name = "source";
        src = root;
        filter = filterFor root (seenFrom root given);
      };
  toList = fileset: files (toFileset "lib.fileset.toList" fileset);

  fromSource =
    source:
    let
      root = if isAttrs source then source.origSrc else source;
      keep = source.filter or (_: _: true);
      select =
        path:
        lib.filterAttrs (_: inner: inner != false) (
          builtins.mapAttrs (
            name: type:
            let
              inner = path + "/${name}";
            in
            if !keep (toString inner) type then
              false
            else if type == "directory" then
              select inner
            else
              true
          ) (builtins.readDir path)
        );
    in
    make root (select root);
  gitTracked = path: lib.fileset.gitTrackedWith { } path;
  gitTrackedWith =
    {
      recurseSubmodules ? false,
    }:
    path:
    let
      copy = builtins.fetchGit {
        url = path;
        shallow = true;
        submodules = recurseSubmodules;
      };
      same =
        from:
        builtins.mapAttrs (
          name: type: if type == "directory" then same (from + "/${name}") else true
        ) (builtins.readDir from);
    in
    make path (same copy.outPath);

  trace = fileset: value: builtins.trace (map toString (files (toFileset "lib.fileset.trace" fileset))) value;
  traceVal = fileset: lib.fileset.trace fileset fileset;
}

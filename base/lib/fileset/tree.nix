# Which files below a directory belong to a set: `true` (all), `false` (none), or by name what belongs of each.
{ lib }:
let
  inherit (builtins)
    attrNames
    isAttrs
    mapAttrs
    readDir
    ;
  entry = tree: name: if isAttrs tree then tree.${name} or false else tree;

  # A tree by names, where it stood for a whole directory.
  expand =
    path: tree:
    if tree == true then mapAttrs (_: _: true) (readDir path) else tree;

  # Forgets names that hold nothing.
  simplify =
    tree:
    let
      names = lib.filterAttrs (_: inner: inner != false) tree;
    in
    if names == { } then false else names;

  union =
    left: right:
    if left == true || right == true then
      true
    else if left == false then
      right
    else if right == false then
      left
    else
      left // mapAttrs (name: union (entry left name)) right;

  intersection =
    left: right:
    if left == true then
      right
    else if right == true then
      left
    else if left == false || right == false then
      false
    else
      simplify (mapAttrs (name: intersection (entry left name)) right);

  difference =
    path: left: right:
    if left == false || right == true then
      false
    else if right == false then
      left
    else
      simplify (mapAttrs (name: inner: difference (path + "/${name}") inner (entry right name)) (expand path left));

  # The part of a directory whose files a predicate takes.
  select =
    predicate: path:
    simplify (
      mapAttrs (
        name: type: if type == "directory" then select predicate (path + "/${name}") else predicate name type
      ) (readDir path)
    );

  # Whether there is any file; a directory of empty directories has none.
  hasFiles =
    path: tree:
    let
      entries = readDir path;
      holds =
        name:
        entry tree name != false
        && (entries.${name} != "directory" || hasFiles (path + "/${name}") (entry tree name));
    in
    tree != false && lib.any holds (attrNames entries);

  # All files, as paths.
  files =
    path: tree:
    let
      entries = readDir path;
    in
    builtins.concatMap (
      name:
      let
        inner = entry tree name;
      in
      if inner == false then
        [ ]
      else if entries.${name} == "directory" then
        files (path + "/${name}") inner
      else
        [ (path + "/${name}") ]
    ) (attrNames entries);
in
{
  inherit
    entry
    union
    intersection
    difference
    select
    hasFiles
    files
    ;
}

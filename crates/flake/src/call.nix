# Calls the outputs of a locked flake. `lock` is the lock file's content, `rootKey` its root node, `root` the tree that
# node stands for, `fetched` the source information of trees that are in the store already.
{ lock, rootKey, root, fetched }:
let
  inherit (builtins) appendContext elemAt hardpan isString length mapAttrs removeAttrs substring;

  # JSON carries no string context; the path of a source tree has itself as context.
  withContext = info: info // { outPath = appendContext info.outPath { ${info.outPath} = { path = true; }; }; };

  # An input is the name of a node, or a path of inputs from the root.
  keyOf = reference: if isString reference then reference else keyAt rootKey reference 0;
  keyAt = key: path: position:
    if position == length path then key
    else keyAt (keyOf lock.nodes.${key}.inputs.${elemAt path position}) path (position + 1);

  nodes = mapAttrs (key: node:
    let
      locked = node.locked or { };
      isRelative = (locked.type or "") == "path" && substring 0 1 locked.path != "/";
      parent = nodes.${keyOf node.parent};
      sourceInfo =
        if key == rootKey then withContext root.sourceInfo
        else if isRelative then parent.sourceInfo
        else if fetched ? ${key} then withContext fetched.${key}
        else withContext (hardpan.fetchLocked (removeAttrs locked [ "dir" ]));
      directory = if key == rootKey then root.directory else if isRelative then locked.path else locked.dir or "";
      # A relative flake's path is written as its parent wrote it, dots and all: derivations may hold it.
      outPath = (if isRelative then parent.outPath else sourceInfo.outPath) + (if directory == "" then "" else "/" + directory);
      flake = import (outPath + "/flake.nix");
      inputs = mapAttrs (_: reference: nodes.${keyOf reference}.result) (node.inputs or { });
      outputs = flake.outputs (inputs // { self = result; });
      result = outputs // sourceInfo // { inherit outPath inputs outputs sourceInfo; _type = "flake"; };
      plain = sourceInfo // { inherit outPath sourceInfo; };
    in {
      inherit sourceInfo outPath;
      result =
        if !(node.flake or true) then plain
        else if !builtins.isFunction flake.outputs then throw "flake '${outPath}' has no function 'outputs'"
        else if !builtins.isAttrs outputs then throw "the outputs of flake '${outPath}' are not an attribute set"
        else result;
    }) lock.nodes;
in nodes.${rootKey}.result

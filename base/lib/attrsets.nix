# Functions on attribute sets.
{ lib }:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    elemAt
    filter
    foldl'
    head
    isAttrs
    length
    listToAttrs
    map
    mapAttrs
    removeAttrs
    tail
    ;

  nameValuePair = name: value: { inherit name value; };
  genAttrs = names: function: listToAttrs (map (name: nameValuePair name (function name)) names);
  mapAttrsToList = function: set: attrValues (mapAttrs function set);
  isDerivation = value: value.type or null == "derivation";

  attrByPath =
    path: default: set:
    let
      size = length path;
      from =
        index: value:
        if index == size then
          value
        else if value ? ${elemAt path index} then
          from (index + 1) value.${elemAt path index}
        else
          default;
    in
    from 0 set;

  # How many leading names of the path lead somewhere.
  validLength =
    path: set:
    let
      size = length path;
      from =
        index: value:
        if index == size || !(value ? ${elemAt path index}) then
          index
        else
          from (index + 1) value.${elemAt path index};
    in
    from 0 set;

  setAttrByPath =
    path: value:
    let
      size = length path;
      from = index: if index == size then value else { ${elemAt path index} = from (index + 1); };
    in
    from 0;

  getAttrFromPath =
    path: set:
    let
      valid = validLength path set;
      size = length path;
      from = index: value: if index == size then value else from (index + 1) value.${elemAt path index};
    in
    if valid == size then
      from 0 set
    else
      throw "cannot find attribute '${lib.concatStringsSep "." path}': '${elemAt path valid}' is missing";

  # Applies updates, which start at `depth` of their paths, to one value.
  updateAt =
    depth: updates: hasValue: value:
    let
      here = lib.partition (update: length update.path == depth) updates;
      inner = here.wrong;
      byName = builtins.groupBy (update: elemAt update.path depth) inner;
      children =
        if inner == [ ] then
          value
        else if !hasValue || isAttrs value then
          (if hasValue then value else { })
          // mapAttrs (
            name: nested:
            updateAt (depth + 1) nested (hasValue && value ? ${name}) (value.${name} or null)
          ) byName
        else
          throw "updateManyAttrsByPath: cannot go into a value that is not a set at '${lib.showAttrPath (lib.take depth (head inner).path)}'";
      start =
        if hasValue || inner != [ ] then
          children
        else
          throw "updateManyAttrsByPath: Path '${lib.showAttrPath (head here.right).path}' does not exist in the given value, but the first update to this path tries to access the existing value.";
    in
    # Lazily: an update may not look at what was there.
    lib.foldl (current: update: update.update current) start here.right;

  filterAttrs =
    predicate: set: removeAttrs set (filter (name: !predicate name set.${name}) (attrNames set));

  mapAttrsRecursiveCond =
    condition: function: set:
    let
      walk = path: mapAttrs (name: visit (path ++ [ name ]));
      visit = path: value: if isAttrs value && condition value then walk path value else function path value;
    in
    walk [ ] set;

  mapAttrsToListRecursiveCond =
    condition: function: set:
    let
      walk =
        path: value:
        if isAttrs value && (path == [ ] || condition path value) then
          lib.concatLists (mapAttrsToList (name: walk (path ++ [ name ])) value)
        else
          [ (function path value) ];
    in
    walk [ ] set;

  zipAttrsWithNames =
    names: function: sets:
    genAttrs names (name: function name (builtins.catAttrs name sets));

  zipAttrsWith =
    builtins.zipAttrsWith
      or (function: sets: zipAttrsWithNames (attrNames (mergeAttrsList sets)) function sets);

  # Merges neighbours pairwise, so that a long list is not copied once per element.
  mergeAttrsList =
    list:
    let
      between =
        start: end:
        if end - start >= 2 then
          let
            middle = start + (end - start) / 2;
          in
          between start middle // between middle end
        else
          elemAt list start;
    in
    if list == [ ] then { } else between 0 (length list);

  recursiveUpdateUntil =
    stop: left: right:
    let
      merge =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          if length values == 1 || stop here (elemAt values 1) (head values) then
            head values
          else
            merge here values
        );
    in
    merge [ ] [
      right
      left
    ];

  recursiveUpdate =
    left: right:
    if isAttrs left && isAttrs right then
      left // mapAttrs (name: value: if left ? ${name} then recursiveUpdate left.${name} value else value) right
    else
      right;

  getFirstOutput =
    candidates: package:
    let
      found = lib.findFirst (output: package ? ${output}) null candidates;
    in
    if package.outputSpecified or false || found == null then
      package
    else
      package.${found};

  getOutput =
    output: package:
    if package.outputSpecified or false then package else package.${output} or package.out or package;

  cartesianProduct =
    sets:
    foldl' (
      partials: name: concatMap (partial: map (value: partial // { ${name} = value; }) sets.${name}) partials
    ) [ { } ] (attrNames sets);

  collect =
    predicate: value:
    if predicate value then
      [ value ]
    else if isAttrs value then
      concatMap (collect predicate) (attrValues value)
    else
      [ ];

  filterAttrsRecursive =
    predicate: set:
    mapAttrs (_: value: if isAttrs value then filterAttrsRecursive predicate value else value) (
      filterAttrs predicate set
    );

  # Whether `value` has all that `pattern` says.
  matchAttrs =
    pattern: value:
    assert isAttrs pattern;
    lib.all (
      name:
      value ? ${name}
      && (
        if isAttrs pattern.${name} && isAttrs value.${name} then
          matchAttrs pattern.${name} value.${name}
        else
          pattern.${name} == value.${name}
      )
    ) (attrNames pattern);
in
{
  inherit
    nameValuePair
    genAttrs
    mapAttrsToList
    isDerivation
    attrByPath
    setAttrByPath
    getAttrFromPath
    filterAttrs
    mapAttrsRecursiveCond
    mapAttrsToListRecursiveCond
    zipAttrsWithNames
    zipAttrsWith
    mergeAttrsList
    recursiveUpdateUntil
    recursiveUpdate
    getOutput
    getFirstOutput
    cartesianProduct
    collect
    filterAttrsRecursive
    matchAttrs
    ;
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    ;

  hasAttrByPath = path: set: validLength path set == length path;
  longestValidPathPrefix = path: set: lib.take (validLength path set) path;
  concatMapAttrs = function: set: mergeAttrsList (mapAttrsToList function set);
  updateManyAttrsByPath = updates: value: updateAt 0 updates true value;
  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: genAttrs names (name: set.${name});
  foldlAttrs =
    function: start: set:
    foldl' (result: name: function result name set.${name}) start (attrNames set);
  foldAttrs =
    operator: start: sets:
    mapAttrs (_: lib.foldr operator start) (zipAttrsWith (_: values: values) sets);
  cartesianProductOfSets = lib.warn "lib.cartesianProductOfSets is a deprecated alias of lib.cartesianProduct." cartesianProduct;
  zipWithNames = zipAttrsWithNames;
  mapCartesianProduct = function: sets: map function (cartesianProduct sets);
  mapAttrs' = function: set: listToAttrs (mapAttrsToList function set);
  attrsToList = mapAttrsToList nameValuePair;
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);
  genAttrs' = values: function: listToAttrs (map function values);
  invertAttrs = set: lib.mapAttrs' (name: value: nameValuePair value name) set;
  toDerivation =
    path:
    let
      storePath = if lib.isStorePath path && builtins ? storePath then builtins.storePath path else path;
      base = builtins.baseNameOf storePath;
      result = {
        type = "derivation";
        name = lib.sanitizeDerivationName (builtins.substring 33 (-1) base);
        outPath = storePath;
        outputs = [ "out" ];
        out = result;
        outputName = "out";
      };
    in
    result;
  optionalAttrs = condition: set: if condition then set else { };
  zipAttrs = zipAttrsWith (_: values: values);
  zip = zipAttrsWith;
  overrideExisting = old: new: old // builtins.intersectAttrs old new;
  unionOfDisjoint =
    left: right:
    let
      shared = builtins.intersectAttrs left right;
      refuse = name: throw "unionOfDisjoint: collision on ${name}; complete list: ${toString (attrNames shared)}";
    in
    left // right // mapAttrs (name: _: refuse name) shared;
  showAttrPath =
    path:
    if path == [ ] then
      "<root attribute path>"
    else
      lib.concatMapStringsSep "." lib.escapeNixIdentifier path;

  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getStatic = getFirstOutput [
    "static"
    "lib"
    "out"
  ];
  getDev = getOutput "dev";
  getInclude = getFirstOutput [
    "include"
    "dev"
    "out"
  ];
  getMan = getOutput "man";
  chooseDevOutputs = map (getOutput "dev");
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
}

# What is told of definitions that have no effect: names that NixOS knows and this base does not, and options that an
# image gives no meaning to.
#
# The names are in nixos-options.json, a tree; `<name>` and `*` stand for any name, `<freeform>` for any path.
{ lib }:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    elem
    groupBy
    isAttrs
    map
    unsafeGetAttrPos
    ;
  knownNames = builtins.fromJSON (builtins.readFile ./nixos-options.json);
  insteadTexts = import ./instead.nix;

  step =
    node: name:
    if !isAttrs node then
      null
    else
      node.${name} or node."<name>" or node."*" or (if node ? "<freeform>" then { "<freeform>" = 1; } else null);
  nodeAt = builtins.foldl' step knownNames;

  # The text of the longest name that begins the option's.
  insteadOf =
    loc:
    let
      candidates = map (length: lib.concatStringsSep "." (lib.take length loc)) (
        lib.reverseList (lib.range 1 (builtins.length loc))
      );
      found = lib.findFirst (name: insteadTexts ? ${name}) null candidates;
    in
    if found == null then null else insteadTexts.${found};

  # A value with what stands around its set.
  wrapped = one: value: if one.wrap == null then value else one.wrap value;
  isGroup = node: value: isAttrs node && isAttrs value && !(value ? _type) && !lib.isDerivation value;

  # { loc, place } for each single option that a definition sets.
  leaves =
    node: loc: definition:
    concatMap (
      one:
      if isGroup node one.set && one.set != { } then
        concatMap (
          name:
          leaves (step node name) (loc ++ [ name ]) {
            inherit (definition) file;
            value = wrapped one one.set.${name};
            pos = unsafeGetAttrPos name one.set;
          }
        ) (attrNames one.set)
      else if lib.dischargeProperties (wrapped one one.set) == [ ] then
        [ ]
      else
        [
          {
            inherit loc;
            place = lib.definitionPlace definition;
          }
        ]
    ) (lib.unwrapSets null definition.value);

  entriesOf =
    fields: found:
    map (
      group:
      let
        inherit (builtins.head group) loc;
      in
      {
        option = lib.showOption loc;
        at = lib.unique (map (leaf: leaf.place) group);
      }
      // fields loc
    ) (attrValues (groupBy (leaf: lib.showOption leaf.loc) found));

  unsupported = loc: {
    state = "unsupported";
    instead = insteadOf loc;
  };
  noMeaning = reason: _: {
    state = "noMeaning";
    inherit reason;
  };

  # What the definitions of a group say of its `enable`: true, false, or null when nothing.
  enabled =
    node: loc: definitions:
    let
      switches = concatMap (
        definition:
        concatMap (
          one:
          if one.set ? enable then
            [
              {
                inherit (definition) file;
                value = wrapped one one.set.enable;
              }
            ]
          else
            [ ]
        ) (builtins.filter (one: isAttrs one.set) (lib.unwrapSets null definition.value))
      ) definitions;
      merged = lib.mergeDefinitions loc lib.types.boolByOr switches;
    in
    if isAttrs node && node ? enable then merged.isDefined && merged.mergedValue else null;

  # Definitions of one undeclared name. What is switched off, or never switched on, has no effect on NixOS either.
  describeName =
    definitions:
    let
      inherit (builtins.head definitions) loc;
      node = nodeAt loc;
      found = concatMap (leaves node loc) definitions;
      isSwitch = elem (lib.last loc) [
        "enable"
        "enabled"
      ];
      merged = lib.mergeDefinitions loc lib.types.boolByOr definitions;
      isOff =
        if isSwitch && !isAttrs node then
          merged.isDefined && !merged.mergedValue
        else
          enabled node loc definitions == false;
      switchedOff = noMeaning "it is not switched on, and nothing of it is in an image";
    in
    if found == [ ] then
      [ ]
    else
      entriesOf (if isOff then switchedOff else unsupported) found;

  # Options that are declared and marked with a state.
  describeOption =
    option:
    let
      given = if option.highestPrio >= 1500 && option ? default then [ ] else option.definitionsWithLocations;
      found = concatMap (leaves (nodeAt option.loc) option.loc) given;
      fields =
        if option ? noMeaning then
          noMeaning option.noMeaning
        else
          _: {
            state = "unsupported";
            instead = option.unsupported;
          };
    in
    entriesOf fields found;
in
{
  isKnown = loc: nodeAt loc != null;
  namesBelow =
    loc:
    let
      node = nodeAt loc;
    in
    if isAttrs node then builtins.filter (name: builtins.match "<.*>|\\*" name == null) (attrNames node) else [ ];
  describe =
    kept:
    concatMap describeName (attrValues (groupBy (definition: lib.showOption definition.loc) kept));
  inherit describeOption;
}

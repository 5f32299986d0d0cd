# Properties: conditions, merges, priorities and orders that a definition carries, and how they are taken off again.
{ lib }:
let
  inherit (builtins)
    concatMap
    elemAt
    filter
    foldl'
    head
    isBool
    length
    map
    ;

  defaultOverridePriority = 100;
  defaultOrderPriority = 1000;

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };

  kindOf = value: value._type or null;

  # The values that hold, without `mkIf` and `mkMerge`.
  dischargeProperties =
    value:
    let
      kind = kindOf value;
    in
    if kind == "merge" then
      concatMap dischargeProperties value.contents
    else if kind == "if" then
      if !isBool value.condition then
        throw "mkIf called with a condition that is not a Boolean but a ${builtins.typeOf value.condition}"
      else if value.condition then
        dischargeProperties value.content
      else
        [ ]
    else
      [ value ];

  # A set of definitions as plain sets, each with what to wrap around every attribute of it (null: nothing).
  # The sets themselves stay as they were written, so that the position of each attribute is still known.
  unwrapSets =
    wrap: value:
    let
      kind = kindOf value;
      inner = layer: if wrap == null then layer else content: wrap (layer content);
    in
    if kind == "merge" then
      concatMap (unwrapSets wrap) value.contents
    else if kind == "if" then
      unwrapSets (inner (mkIf value.condition)) value.content
    else if kind == "override" then
      unwrapSets (inner (mkOverride value.priority)) value.content
    else if kind == "definition" then
      map (one: { inherit (value) file; } // one) (unwrapSets wrap value.value)
    else
      [
        {
          set = value;
          inherit wrap;
        }
      ];

  pushDownProperties =
    value:
    map (one: if one.wrap == null then one.set else builtins.mapAttrs (_: one.wrap) one.set) (unwrapSets null value);

  priorityOf =
    definition:
    if kindOf definition.value == "override" then definition.value.priority else defaultOverridePriority;

  stripOverride =
    definition:
    if kindOf definition.value == "override" then definition // { value = definition.value.content; } else definition;

  # Keeps the definitions of the lowest number, which is the highest priority.
  filterOverrides' =
    definitions:
    if length definitions == 1 then
      {
        values = map stripOverride definitions;
        highestPrio = priorityOf (head definitions);
      }
    else
      let
        priorities = map priorityOf definitions;
        highestPrio = foldl' (best: priority: if priority < best then priority else best) 9999 priorities;
        kept = filter (index: elemAt priorities index == highestPrio) (builtins.genList lib.id (length definitions));
      in
      {
        values = map (index: stripOverride (elemAt definitions index)) kept;
        inherit highestPrio;
      };

  isOrdered = definition: kindOf definition.value == "order";
  stripOrder =
    definition:
    if isOrdered definition then
      definition
      // {
        value = definition.value.content;
        inherit (definition.value) priority;
      }
    else
      definition;
  sortProperties =
    definitions:
    builtins.sort (
      left: right: left.priority or defaultOrderPriority < right.priority or defaultOrderPriority
    ) (map stripOrder definitions);
in
{
  inherit
    defaultOverridePriority
    defaultOrderPriority
    dischargeProperties
    filterOverrides'
    isOrdered
    mkIf
    mkOrder
    mkOverride
    pushDownProperties
    sortProperties
    unwrapSets
    ;
  defaultPriority = defaultOverridePriority;
  filterOverrides = definitions: (filterOverrides' definitions).values;

  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  # A definition that is said to stand in another file.
  mkDefinition =
    {
      file,
      value,
      ...
    }@definition:
    definition // { _type = "definition"; };
  mkAssert =
    check: message: content:
    mkIf (if check then true else throw "\nFailed assertion: ${message}") content;

  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkFixStrictness = lib.id;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
}

# Merges the definitions of one option into its value.
{ lib, properties }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    concatMap
    filter
    functionArgs
    map
    ;
  inherit (properties) dischargeProperties filterOverrides' isOrdered sortProperties;

  # A property may stand inside of `mkDefinition`, which names another file.
  discharge =
    definition:
    concatMap (
      value:
      if value._type or null == "definition" then
        discharge (removeAttrs value [ "_type" ])
      else
        [ (definition // { inherit value; }) ]
    ) (dischargeProperties definition.value);

  dischargeAll = concatMap (
    definition:
    if definition.value ? _type then
      addErrorContext "while evaluating definitions from `${toString definition.file}':" (discharge definition)
    else
      [ definition ]
  );

  wrongType =
    loc: type: message:
    throw "A definition for option `${lib.showOption loc}' is not of type `${type.description}'. ${message}";

  wrongDefinitions =
    check: definitions:
    let
      wrong = filter (definition: !check definition.value) definitions;
    in
    if wrong == [ ] then null else { message = "Definition values:${lib.showDefs wrong}"; };

  # The definitions that a message does not show yet.
  otherDefinitions =
    message: definitions:
    let
      isShown = definition: lib.hasInfix (lib.showDefs [ definition ]) message;
      others = filter (definition: !isShown definition) definitions;
    in
    if others == [ ] then "" else "\nOther definitions:${lib.showDefs others}";

  # Asks the type to merge: { headError, value, valueMeta }. `undeclared` goes on to submodules where a type takes it.
  mergeTyped =
    undeclared: loc: type: definitions:
    let
      merge = type.merge;
      arguments = {
        inherit loc;
        defs = definitions;
      };
    in
    if merge ? v2 then
      merge.v2 (if (functionArgs merge.v2) ? undeclared then arguments // { inherit undeclared; } else arguments)
    else
      {
        headError = wrongDefinitions type.check definitions;
        value = merge loc definitions;
        valueMeta = { };
      };

  checkedMerge =
    undeclared: loc: type: definitions:
    let
      merged = mergeTyped undeclared loc type definitions;
    in
    if merged.headError == null then
      merged
    else
      wrongType loc type (merged.headError.message + otherDefinitions merged.headError.message definitions);

  noValue = loc: throw "The option `${lib.showOption loc}' was accessed but has no value defined. Try setting the option.";

  mergeDefinitionsWith =
    undeclared: loc: type: definitions:
    let
      filtered = filterOverrides' (dischargeAll definitions);
      inherit (filtered) values;
      defsFinal = if any isOrdered values then sortProperties values else values;
      isDefined = defsFinal != [ ];
      checkedAndMerged = if isDefined then checkedMerge undeclared loc type defsFinal else noValue loc;
      mergedValue = checkedAndMerged.value;
    in
    {
      inherit
        defsFinal
        isDefined
        checkedAndMerged
        mergedValue
        ;
      defsFinal' = {
        values = defsFinal;
        inherit (filtered) highestPrio;
      };
      optionalValue = if isDefined then { value = mergedValue; } else { };
    };
in
{
  inherit mergeDefinitionsWith mergeTyped wrongDefinitions;
  mergeDefinitions = mergeDefinitionsWith null;

  # For types that merge through another: the value of definitions that were found to fit.
  mergeFitting =
    undeclared: loc: type: definitions:
    checkedMerge undeclared loc type definitions;

  # Sets of definitions with priorities, without a declared option: each attribute by the highest.
  mergeAttrDefinitionsWithPrio =
    option:
    let
      pushed = concatMap (
        definition:
        map (set: {
          inherit (definition) file;
          inherit set;
        }) (lib.pushDownProperties definition.value)
      ) option.definitionsWithLocations;
      perName = builtins.zipAttrsWith (_: values: values) (
        map (one: builtins.mapAttrs (_: value: { inherit (one) file; inherit value; }) one.set) pushed
      );
    in
    builtins.mapAttrs (
      name: definitions:
      let
        merged = lib.mergeDefinitions (option.loc ++ [ name ]) (lib.defaultTypeOf option) definitions;
      in
      {
        value = merged.mergedValue;
        inherit (merged.defsFinal') highestPrio;
      }
    ) perName;
  defaultTypeOf =
    option:
    let
      nested = option.type.nestedTypes.elemType or null;
    in
    if nested == null then lib.types.raw else nested;
  allDefinitionsFit = type: definitions: all (definition: type.check definition.value) definitions;
}

# Lays the definitions of all modules over the declared options, level by level of the tree.
#
# A level is a set of names below one prefix. For each name there are declarations (options or further levels) and
# definitions; what is defined without being declared is handed back as `unmatched`.
{
  lib,
  properties,
  declarations,
}:
let
  inherit (builtins)
    all
    any
    attrNames
    concatMap
    filter
    head
    isAttrs
    map
    mapAttrs
    removeAttrs
    typeOf
    unsafeGetAttrPos
    zipAttrsWith
    ;
  inherit (properties) unwrapSets;
  inherit (declarations) declaredOption evalOptionWith;
  together = zipAttrsWith (_: values: values);
  isOption = value: isAttrs value && value._type or null == "option";
  isMistaken = declaration: declaration.options ? _type && !isOption declaration.options;

  placeOf =
    declaration:
    lib.definitionPlace {
      file = declaration._file;
      inherit (declaration) pos;
    };

  notAnOption =
    loc: declaration:
    throw "In module `${placeOf declaration}': expected an option declaration at option path `${lib.showOption loc}' but got an attribute set with type ${declaration.options._type}";

  # Declarations of one module as { name = { _file, pos, options }; }.
  byDeclaredName =
    prefix:
    { _file, options, ... }:
    if isAttrs options then
      mapAttrs (name: declared: {
        inherit _file;
        pos = unsafeGetAttrPos name options;
        options = declared;
      }) options
    else
      throw "An option declaration for `${lib.showOption prefix}' in `${toString _file}' has type `${typeOf options}' rather than an attribute set. Did you mean to define this outside of `options'?";

  notASet =
    prefix: definition:
    if prefix == [ ] then
      throw "The module `${lib.definitionPlace definition}' gives a value of type `${typeOf definition.value}' where a set of definitions is expected: ${lib.showShortValue definition.value}"
    else
      throw ''
        You're trying to define a value of type `${typeOf definition.value}'
        rather than an attribute set for the option
        `${lib.showOption prefix}'!
        Definition values:${lib.showDefs [ definition ]}
        `${lib.showOption prefix}' is a group of options: set one of those below it.'';

  # The definitions of one place as { name = { file, value, pos }; }, one set for each set of attributes written there.
  byDefinedName =
    prefix: definition:
    map (
      one:
      let
        inherit (one) set wrap;
        file = one.file or definition.file;
      in
      if !isAttrs set || set ? _type then
        notASet prefix (definition // { value = set; })
      else
        mapAttrs (name: value: {
          inherit file;
          value = if wrap == null then value else wrap value;
          pos = unsafeGetAttrPos name set;
        }) set
    ) (unwrapSets null definition.value);

  # Where some modules declare an option of submodules and others options inside of it.
  asSubmodule =
    declaration:
    if isOption declaration.options then
      declaration
    else
      declaration
      // {
        options = lib.mkOption {
          type = lib.types.submoduleWith {
            modules = [ { inherit (declaration) options; } ];
            # How values are written is for the declared option to say.
            shorthandOnlyDefinesConfig = null;
          };
        };
      };

  parentOfOptions =
    loc: option: others:
    let
      nested = concatMap (
        other:
        let
          inner = lib.collect isOption (
            lib.mapAttrsRecursiveCond (value: !isOption value) (
              path: value: if isOption value then value // { loc = loc ++ path; } else value
            ) other.options
          );
        in
        map (one: "- option(s) with prefix `${lib.showOption one.loc}' in module `${placeOf other}'") inner
      ) others;
    in
    throw "The option `${lib.showOption loc}' in module `${placeOf option}' would be a parent of the following options, but its type `${
      option.options.type.description or "<no description>"
    }' does not support nested options.\n${lib.concatStringsSep "\n" nested}";

  isInert = option: option ? noMeaning || option ? unsupported;
  hasSubmodules = option: option.type.getSubModules or null != null;

  optionResult =
    undeclared: loc: declared: defined:
    let
      option = declaredOption loc declared;
      result = evalOptionWith undeclared loc option defined;
    in
    {
      options = result.option;
      config = result.value;
      unmatched = [ ];
      # What there may be something to tell of: options that do nothing, and submodules, which keep definitions aside.
      told =
        if undeclared != null && defined != [ ] && (isInert option || hasSubmodules option) then
          [ result.option ]
        else
          [ ];
    };

  mergeName =
    undeclared: loc: declared: defined:
    if all (declaration: isOption declaration.options) declared then
      optionResult undeclared loc declared defined
    else
      let
        options = filter (declaration: isOption declaration.options) declared;
        others = filter (declaration: !isOption declaration.options) declared;
        mistaken = filter isMistaken others;
      in
      if mistaken != [ ] then
        notAnOption loc (head mistaken)
      else if options == [ ] then
        mergeLevel undeclared loc declared defined
      else if all (option: hasSubmodules option.options && option.options.type.name == "submodule") options then
        optionResult undeclared loc (map asSubmodule declared) defined
      else
        parentOfOptions loc (head options) others;

  mergeLevel =
    undeclared: prefix: declarationSets: definitionSets:
    let
      declaredByName = together (map (byDeclaredName prefix) declarationSets);
      definedByName = together (concatMap (byDefinedName prefix) definitionSets);
      results = mapAttrs (
        name: declared: mergeName undeclared (prefix ++ [ name ]) declared (definedByName.${name} or [ ])
      ) declaredByName;
      unknown = removeAttrs definedByName (attrNames declaredByName);
      # What nobody defined has nothing to tell, nor has anything below it, unless it is declared by mistake.
      mistaken = filter (name: any isMistaken declaredByName.${name}) (attrNames declaredByName);
      concerned =
        builtins.attrValues (builtins.intersectAttrs definedByName results)
        ++ map (name: results.${name}) mistaken;
    in
    {
      options = mapAttrs (_: result: result.options) results;
      config = mapAttrs (_: result: result.config) results;
      unmatched =
        concatMap (
          name:
          map (
            definition:
            definition
            // {
              loc = prefix ++ [ name ];
              siblings = attrNames declaredByName;
            }
          ) unknown.${name}
        ) (attrNames unknown)
        ++ concatMap (result: result.unmatched) concerned;
      told = concatMap (result: result.told) concerned;
    };
in
{
  inherit mergeLevel isInert;
  mergeModules' =
    prefix: modules: configs:
    let
      merged = mergeLevel null prefix (map (module: {
        inherit (module) _file options;
      }) modules) (
        map (one: {
          inherit (one) file;
          value = one.config;
        }) configs
      );
    in
    {
      matchedOptions = merged.options;
      unmatchedDefns = map (definition: definition // { prefix = definition.loc; }) merged.unmatched;
    };
}

# An option out of all its declarations, and its value out of all its definitions.
{
  lib,
  definitions,
}:
let
  inherit (builtins)
    addErrorContext
    foldl'
    head
    length
    map
    tail
    ;
  inherit (definitions) mergeDefinitionsWith;

  # Fields that at most one declaration may have.
  exclusive = [
    "default"
    "example"
    "description"
    "apply"
  ];

  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };

  submodulesOf =
    declaration:
    let
      modules = declaration.options.type.getSubModules or null;
    in
    if modules == null then [ ] else map (setDefaultModuleLocation declaration._file) modules;

  # Generated sets have no positions; the file is known all the same.
  positionOf =
    declaration:
    if declaration.pos or null != null then
      declaration.pos
    else
      {
        file = declaration._file;
        line = null;
        column = null;
      };
  placeOf =
    declaration:
    lib.definitionPlace {
      file = declaration._file;
      pos = declaration.pos or null;
    };

  placesOf =
    known:
    lib.zipListsWith (
      file: position:
      lib.definitionPlace {
        inherit file;
        pos = if position.line == null then null else position;
      }
    ) known.declarations known.declarationPositions;

  ofOneDeclaration = loc: declaration: {
    inherit loc;
    declarations = [ declaration._file ];
    declarationPositions = [ (positionOf declaration) ];
    options = submodulesOf declaration;
  };
  firstDeclaration = loc: declaration: declaration.options // ofOneDeclaration loc declaration;

  conflict =
    loc: known: declaration: fields:
    throw "The option `${lib.showOption loc}' in `${placeOf declaration}' is already declared in ${lib.showFiles (placesOf known)}; both say ${lib.concatStringsSep " and " fields}.";

  addDeclaration =
    loc: known: declaration:
    let
      added = declaration.options;
      merged = known.type.typeMerge added.type.functor;
      bothTyped = known ? type && added ? type;
      clashes =
        builtins.filter (field: known ? ${field} && added ? ${field}) exclusive
        ++ (if bothTyped && merged == null then [ "type" ] else [ ]);
    in
    if clashes != [ ] then
      conflict loc known declaration clashes
    else
      added
      // known
      // {
        declarations = known.declarations ++ [ declaration._file ];
        declarationPositions = known.declarationPositions ++ [ (positionOf declaration) ];
        options = submodulesOf declaration ++ known.options;
      }
      // (if bothTyped then { type = merged; } else { });

  # Submodules of all declarations become one type.
  typeWith =
    submodules: type:
    if type.getSubModules or null == null then type else type.substSubModules submodules;
  fixupOptionType =
    loc: option:
    option // { type = typeWith (option.options or [ ]) (option.type or lib.types.unspecified); };

  mergeOptionDecls =
    loc: declarations:
    foldl' (addDeclaration loc) (firstDeclaration loc (head declarations)) (tail declarations);

  # The option of all its declarations. Nearly all options have one: its fields are put together in one step.
  declaredOption =
    loc: declarations:
    if tail declarations == [ ] then
      let
        declaration = head declarations;
      in
      declaration.options
      // (
        ofOneDeclaration loc declaration
        // {
          type = typeWith (submodulesOf declaration) (declaration.options.type or lib.types.unspecified);
        }
      )
    else
      fixupOptionType loc (mergeOptionDecls loc declarations);

  refuseSecondDefinition =
    undeclared: loc: option: all:
    throw "The option `${lib.showOption loc}' is read-only, but it's set multiple times. Definition values:${
      lib.showDefs (
        map (
          definition:
          definition // { value = (mergeDefinitionsWith undeclared loc option.type [ definition ]).mergedValue; }
        ) all
      )
    }";

  # Where one or two definitions stand. They are only looked up where something fails.
  placesOfAll =
    given:
    if given == [ ] || length given > 2 then
      ""
    else
      ", defined at ${lib.concatMapStringsSep " and at " lib.definitionPlace given}";

  # The value of an option, and the option with all that is known of it, which few ask for.
  evalOptionWith =
    undeclared: loc: option: given:
    let
      all =
        if option ? default then
          [
            {
              file = head option.declarations;
              value = lib.mkOptionDefault option.default;
            }
          ]
          ++ given
        else
          given;
      merged =
        if option.readOnly or false && length all > 1 then
          refuseSecondDefinition undeclared loc option all
        else
          mergeDefinitionsWith undeclared loc option.type all;
      applied = if option ? apply then option.apply merged.mergedValue else merged.mergedValue;
      deprecated = option.type.deprecationMessage or null;
      told =
        if deprecated == null then
          applied
        else
          lib.warn "The type `types.${option.type.name}' of option `${lib.showOption loc}' defined in ${lib.showFiles option.declarations} is deprecated. ${deprecated}" applied;
      value = addErrorContext "while evaluating the option `${lib.showOption loc}'${placesOfAll given}:" told;
    in
    {
      inherit value;
      option = option // {
        inherit value;
        inherit (merged.defsFinal') highestPrio;
        inherit (merged) isDefined;
        inherit (merged.checkedAndMerged) valueMeta;
        definitions = map (definition: definition.value) merged.defsFinal;
        files = map (definition: definition.file) merged.defsFinal;
        definitionsWithLocations = merged.defsFinal;
        __toString = _: lib.showOption loc;
      };
    };
in
{
  inherit
    setDefaultModuleLocation
    fixupOptionType
    mergeOptionDecls
    declaredOption
    evalOptionWith
    ;
  evalOptionValue =
    loc: option: given:
    (evalOptionWith null loc option given).option;
}

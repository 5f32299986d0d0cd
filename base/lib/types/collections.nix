# Lists, sets and functions of values of one type.
{ lib, base }:
let
  inherit (builtins)
    attrNames
    concatLists
    elemAt
    filter
    genList
    head
    isAttrs
    isList
    length
    map
    mapAttrs
    unsafeGetAttrPos
    zipAttrsWith
    ;
  inherit (base)
    defaultFunctor
    elemTypeFunctor
    mergeV2
    mkOptionType
    nounPhrase
    ;
  inherit (lib) mergeDefinitionsWith wrongDefinitions;

  # An element that conditions leave out is not an element.
  definedOnly = filter (merged: merged.isDefined);

  listOf =
    elemType:
    mkOptionType {
      name = "listOf";
      description = "list of ${nounPhrase elemType}";
      descriptionClass = "composite";
      check = isList;
      merge = mergeV2 (
        {
          loc,
          defs,
          undeclared ? null,
        }:
        let
          element =
            definition: definitionNumber: index:
            mergeDefinitionsWith undeclared
              (loc ++ [ "[definition ${toString definitionNumber}-entry ${toString (index + 1)}]" ])
              elemType
              [ (definition // { value = placed (elemAt definition.value index) definition; }) ];
          # Where an element fails, its list is named.
          placed =
            value: definition:
            builtins.addErrorContext "in an element of the option `${lib.showOption loc}', defined at ${lib.definitionPlace definition}" value;
          elements = definedOnly (
            concatLists (
              lib.imap1 (
                number: definition: genList (element definition number) (length definition.value)
              ) defs
            )
          );
        in
        {
          headError = wrongDefinitions isList defs;
          value = map (merged: merged.mergedValue) elements;
          valueMeta.list = map (merged: merged.checkedAndMerged.valueMeta) elements;
        }
      );
      emptyValue.value = [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      getSubModules = elemType.getSubModules;
      substSubModules = modules: listOf (elemType.substSubModules modules);
      functor = elemTypeFunctor "listOf" listOf elemType;
      nestedTypes = { inherit elemType; };
    };

  # { name = merged definitions; } of sets of definitions. A set that the library made says where its one attribute stands.
  mergePerName =
    undeclared: loc: elemType: defs:
    zipAttrsWith (name: definitions: mergeDefinitionsWith undeclared (loc ++ [ name ]) elemType definitions) (
      map (
        definition:
        mapAttrs (name: value: {
          inherit (definition) file;
          inherit value;
          pos = definition.placed or (unsafeGetAttrPos name definition.value);
        }) definition.value
      ) defs
    );

  mergedPlaceholder =
    left: right:
    if left == right || right == "name" then
      left
    else if left == "name" then
      right
    else
      null;

  attrsWith =
    {
      elemType,
      lazy ? false,
      placeholder ? "name",
    }:
    mkOptionType {
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      description = "${if lazy then "lazy " else ""}attribute set of ${nounPhrase elemType}";
      descriptionClass = "composite";
      check = isAttrs;
      merge = mergeV2 (
        {
          loc,
          defs,
          undeclared ? null,
        }:
        let
          all = mergePerName undeclared loc elemType defs;
          absent = filter (name: !all.${name}.isDefined) (attrNames all);
          present = removeAttrs all absent;
          valueOf = merged: merged.optionalValue.value or elemType.emptyValue.value or merged.mergedValue;
        in
        {
          headError = wrongDefinitions isAttrs defs;
          value =
            if lazy then
              mapAttrs (_: valueOf) all
            else
              mapAttrs (_: merged: merged.mergedValue) present;
          valueMeta.attrs = mapAttrs (_: merged: merged.checkedAndMerged.valueMeta) present;
        }
      );
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
      getSubModules = elemType.getSubModules;
      substSubModules =
        modules:
        attrsWith {
          elemType = elemType.substSubModules modules;
          inherit lazy placeholder;
        };
      functor = elemTypeFunctor "attrsWith" (elemType: attrsWith { inherit elemType; }) elemType // {
        type = attrsWith;
        payload = { inherit elemType lazy placeholder; };
        binOp =
          left: right:
          let
            merged = left.elemType.typeMerge right.elemType.functor;
            shared = mergedPlaceholder left.placeholder right.placeholder;
          in
          if merged == null || left.lazy != right.lazy || shared == null then
            null
          else
            {
              elemType = merged;
              inherit (left) lazy;
              placeholder = shared;
            };
      };
      nestedTypes = { inherit elemType; };
    };

  functionTo =
    elemType:
    mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${nounPhrase elemType}";
      descriptionClass = "composite";
      check = lib.isFunction;
      merge = mergeV2 (
        {
          loc,
          defs,
          undeclared ? null,
        }:
        {
          headError = wrongDefinitions lib.isFunction defs;
          value = {
            # A formal argument is optional where it is optional for every definition.
            __functionArgs = zipAttrsWith (_: lib.all lib.id) (
              map (definition: lib.functionArgs definition.value) defs
            );
            __functor =
              _: argument:
              (mergeDefinitionsWith undeclared (loc ++ [ "<function body>" ]) elemType (
                map (definition: definition // { value = definition.value argument; }) defs
              )).mergedValue;
          };
          valueMeta = { };
        }
      );
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      getSubModules = elemType.getSubModules;
      substSubModules = modules: functionTo (elemType.substSubModules modules);
      functor = elemTypeFunctor "functionTo" functionTo elemType;
      nestedTypes = { inherit elemType; };
    };

  kindOf = value: if isAttrs value && lib.isStringLike value then "text" else builtins.typeOf value;

  mergeAnything =
    loc: defs:
    let
      kind = kindOf (head defs).value;
      differing = filter (definition: kindOf definition.value != kind) defs;
    in
    if differing != [ ] then
      throw "The option `${lib.showOption loc}' has conflicting option types in ${lib.showFiles (lib.getFiles defs)}"
    else if kind == "set" then
      (attrsWith {
        elemType = anything;
        lazy = true;
      }).merge
        loc
        defs
    else if kind == "list" then
      if length defs > 1 then
        throw "The option `${lib.showOption loc}' has conflicting definitions, in ${lib.showFiles (lib.getFiles defs)}"
      else
        (listOf anything).merge loc defs
    else if kind == "lambda" then
      argument:
      anything.merge (loc ++ [ "<function body>" ]) (
        map (definition: definition // { value = definition.value argument; }) defs
      )
    else if kind == "text" then
      lib.mergeOneOption loc defs
    else
      lib.mergeEqualOption loc defs;

  anything = mkOptionType {
    name = "anything";
    description = "anything";
    descriptionClass = "noun";
    merge = mergeAnything;
  };

  # A set with exactly one attribute, whose name says which of the options it is.
  attrTagWith =
    { tags }:
    let
      choices = lib.concatMapStringsSep ", " lib.escapeNixIdentifier (attrNames tags);
      optionOf =
        loc: name:
        lib.fixupOptionType (loc ++ [ name ]) (
          {
            declarations = [ ];
            options = [ ];
          }
          // tags.${name}
        );
      isTagged = value: isAttrs value && length (attrNames value) == 1 && tags ? ${head (attrNames value)};
    in
    mkOptionType {
      name = "attrTag";
      description = "attribute-tagged union of ${choices}";
      descriptionClass = "noun";
      check = isTagged;
      merge = mergeV2 (
        {
          loc,
          defs,
          undeclared ? null,
        }:
        let
          names = lib.unique (map (definition: head (attrNames definition.value)) defs);
          name = head names;
          option = lib.evalOptionValue (loc ++ [ name ]) (optionOf loc name) (
            map (definition: definition // { value = definition.value.${name}; }) defs
          );
        in
        {
          headError =
            if lib.all (definition: isTagged definition.value) defs then
              (
                if length names == 1 then
                  null
                else
                  { message = "Its definitions choose different tags (${toString names}):${lib.showDefs defs}"; }
              )
            else
              { message = "It must be a set with exactly one of the attributes ${choices}. Definition values:${lib.showDefs defs}"; };
          value.${name} = option.value;
          valueMeta = { };
        }
      );
      getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; }) tags;
      functor = defaultFunctor "attrTag" // {
        type = attrTagWith;
        payload = { inherit tags; };
        binOp =
          left: right:
          if builtins.intersectAttrs left.tags right.tags == { } then { tags = left.tags // right.tags; } else null;
      };
      nestedTypes = mapAttrs (_: option: option.type) tags;
    };
in
{
  inherit
    listOf
    attrsWith
    functionTo
    anything
    attrTagWith
    ;
  attrTag = tags: attrTagWith { inherit tags; };
  attrsOf = elemType: attrsWith { inherit elemType; };
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };
  # Of old: a list or a set.
  loaOf =
    elemType:
    attrsWith { inherit elemType; }
    // {
      name = "loaOf";
      deprecationMessage = "Use `attrsOf' instead.";
    };
}

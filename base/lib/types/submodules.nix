# Options whose values are evaluated by the module system themselves.
{ lib, base }:
let
  inherit (builtins)
    isAttrs
    map
    ;
  inherit (base) defaultFunctor mergeV2 mkOptionType;
  inherit (lib) setDefaultModuleLocation;

  isModule = value: isAttrs value || lib.isFunction value || lib.types.path.check value;

  # One of two settings, where null says nothing.
  agreed =
    what: left: right:
    if left == null || left == right then
      right
    else if right == null then
      left
    else
      throw "A submoduleWith option is declared multiple times with conflicting ${what} values ${builtins.toJSON left} and ${builtins.toJSON right}.";

  mergedArguments =
    left: right:
    let
      shared = builtins.intersectAttrs left right;
    in
    if shared == { } then
      left // right
    else
      throw "A submoduleWith option is declared multiple times with the same specialArgs ${
        toString (map lib.escapeNixString (builtins.attrNames shared))
      }";

  submoduleWith =
    {
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }@arguments:
    let
      evaluated = lib.evalModules {
        inherit specialArgs class;
        # A place holder, for when the options are listed without a value.
        modules = [ { _module.args.name = lib.mkOptionDefault "‹name›"; } ] ++ modules;
      };
      asModule =
        definition:
        if shorthandOnlyDefinesConfig == true && isAttrs definition.value then
          {
            _file = definition.file;
            config = definition.value;
          }
        else
          setDefaultModuleLocation definition.file definition.value;
      freeformType = evaluated._module.freeformType;
    in
    mkOptionType {
      name = "submodule";
      description =
        if description != null then
          description
        else if freeformType == null then
          "submodule"
        else
          "open submodule of ${base.nounPhrase freeformType}";
      check = isModule;
      merge = mergeV2 (
        {
          loc,
          defs,
          undeclared ? null,
        }:
        let
          configuration = evaluated.extendModules {
            modules = [ { _module.args.name = lib.last loc; } ] ++ map asModule defs;
            prefix = loc;
            inherit undeclared;
          };
        in
        {
          headError = lib.wrongDefinitions isModule defs;
          value = configuration.config;
          valueMeta = { inherit configuration; };
        }
      );
      emptyValue.value = { };
      getSubOptions =
        prefix:
        let
          documented = evaluated.extendModules { inherit prefix; };
        in
        documented.options
        // lib.optionalAttrs (freeformType != null) {
          _freeformOptions = freeformType.getSubOptions prefix;
        };
      getSubModules = modules;
      substSubModules = replaced: submoduleWith (arguments // { modules = replaced; });
      nestedTypes = lib.optionalAttrs (freeformType != null) { inherit freeformType; };
      functor = defaultFunctor "submodule" // {
        type = submoduleWith;
        payload = {
          inherit
            modules
            class
            specialArgs
            shorthandOnlyDefinesConfig
            description
            ;
        };
        binOp =
          left: right:
          let
            one = name: agreed name left.${name} right.${name};
          in
          {
            modules = left.modules ++ right.modules;
            specialArgs = mergedArguments left.specialArgs right.specialArgs;
            class = one "class";
            shorthandOnlyDefinesConfig = one "shorthandOnlyDefinesConfig";
            description = one "description";
          };
      };
    };

  # A module that is handed on for evaluation somewhere else.
  deferredModuleWith =
    {
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = loc: defs: {
        imports =
          staticModules
          ++ map (
            definition:
            setDefaultModuleLocation "${toString definition.file}, via option ${lib.showOption loc}" definition.value
          ) defs;
      };
      getSubOptions = (submoduleWith { modules = staticModules; }).getSubOptions;
      getSubModules = staticModules;
      substSubModules = modules: deferredModuleWith { staticModules = modules; };
      functor = defaultFunctor "deferredModuleWith" // {
        type = deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = left: right: { staticModules = lib.unique (left.staticModules ++ right.staticModules); };
      };
    };
in
{
  inherit submoduleWith deferredModuleWith;
  submodule =
    modules:
    submoduleWith {
      modules = lib.toList modules;
      shorthandOnlyDefinesConfig = true;
    };
  deferredModule = deferredModuleWith { };
}

# evalModules: from a list of modules to options and their values.
#
# `undeclared`, which not every caller gives, says what becomes of definitions without an option: those whose place
# `isKnown` holds for are kept aside, and `_module.unsupported` is what `describe` makes of them, together with what
# `describeOption` says of options that were declared to do nothing.
{
  lib,
  collect,
  levels,
  properties,
}:
let
  inherit (builtins)
    concatMap
    filter
    isAttrs
    map
    removeAttrs
    ;
  unknownOptions =
    undeclared:
    import ./unknown.nix {
      inherit lib;
      knownNames = if undeclared == null then _: [ ] else undeclared.namesBelow;
    };

  internalOptions =
    hidden:
    let
      internal = attributes: lib.mkOption ({ internal = true; } // attributes);
    in
    {
      _module = {
        args = lib.mkOption (
          {
            type = lib.types.lazyAttrsOf lib.types.raw;
            description = "Further arguments for every module; they cannot be used in `imports`.";
          }
          // (if hidden then { internal = true; } else { })
        );
        check = internal {
          type = lib.types.bool;
          default = true;
          description = "Whether a definition without an option is an error.";
        };
        freeformType = internal {
          type = lib.types.nullOr lib.types.optionType;
          default = null;
          description = "The type that takes all definitions without an option.";
        };
        specialArgs = internal {
          readOnly = true;
          type = lib.types.raw;
          description = "Arguments that the caller of evalModules gave.";
        };
        unsupported = internal {
          readOnly = true;
          type = lib.types.raw;
          description = "What was defined and kept aside, as the caller of evalModules describes it.";
        };
      };
    };

  ownOptions = internalOptions false;
  hiddenOptions = internalOptions true;

  internalModule =
    hidden: values:
    {
      _file = toString ./evaluate.nix;
      _class = null;
      key = toString ./evaluate.nix;
      disabledModules = [ ];
      imports = [ ];
      options = if hidden then hiddenOptions else ownOptions;
      config._module = values;
    };

  # Definitions that were kept aside by the submodules of one option.
  keptBelow =
    meta:
    if meta ? configuration then
      meta.configuration._module.unsupported or [ ]
    else if meta ? attrs then
      concatMap keptBelow (builtins.attrValues meta.attrs)
    else if meta ? list then
      concatMap keptBelow meta.list
    else
      [ ];

  asTree =
    prefix: type: definitions:
    type.merge prefix (
      map (
        definition:
        let
          path = lib.drop (builtins.length prefix) definition.loc;
        in
        {
          inherit (definition) file;
          value = lib.setAttrByPath path definition.value;
        }
        // (if builtins.length path == 1 then { placed = definition.pos or null; } else { })
      ) definitions
    );

  # The values of what has no option, below the values of what has one.
  withUndeclared =
    prefix: freeformType: unmatched: kept: declared:
    if freeformType != null then
      lib.recursiveUpdate (asTree prefix freeformType unmatched) declared
    else if kept == [ ] then
      declared
    else
      lib.recursiveUpdate (asTree prefix (lib.types.lazyAttrsOf lib.types.anything) kept) declared;

  legacyModule =
    arguments: {
      _file = toString ./evaluate.nix;
      key = "${toString ./evaluate.nix}#arguments";
      config._module =
        (if arguments ? args then { inherit (arguments) args; } else { })
        // (if arguments ? check then { check = lib.mkDefault arguments.check; } else { });
    };

  evalModules =
    {
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      undeclared ? null,
      modulesLocation ? null,
      args ? { },
      check ? true,
    }@arguments:
    let
      given = if arguments ? args || arguments ? check then modules ++ [ (legacyModule arguments) ] else modules;
      own = internalModule (prefix != [ ]) {
        args = {
          inherit extendModules;
          moduleType = type;
        };
        inherit specialArgs unsupported;
      };
      collected = collect.collectModules class (specialArgs.modulesPath or "") given (
        {
          inherit
            lib
            options
            config
            specialArgs
            ;
          _class = class;
          _prefix = prefix;
        }
        // specialArgs
      );
      all = lib.reverseList (collected ++ [ own ]);
      merged = levels.mergeLevel undeclared prefix all (
        map (module: {
          file = module._file;
          value = module.config;
        }) all
      );

      options = merged.options;
      freeformType = merged.config._module.freeformType;
      kept =
        if undeclared == null then
          [ ]
        else
          filter (definition: undeclared.isKnown definition.loc) merged.unmatched;
      config = withUndeclared prefix freeformType merged.unmatched kept merged.config;
      unsupported =
        if undeclared == null then
          [ ]
        else
          (if freeformType == null then undeclared.describe kept else [ ])
          ++ concatMap (
            option: if levels.isInert option then undeclared.describeOption option else keptBelow option.valueMeta
          ) merged.told;

      unknown =
        if kept == [ ] then
          merged.unmatched
        else
          filter (definition: !undeclared.isKnown definition.loc) merged.unmatched;
      checked =
        value:
        if merged.unmatched == [ ] || freeformType != null || !merged.config._module.check || unknown == [ ] then
          value
        else
          unknownOptions undeclared unknown;

      extendModules =
        {
          modules ? [ ],
          specialArgs ? { },
          prefix ? [ ],
          undeclared ? null,
        }@extension:
        evalModules (
          arguments
          // {
            modules = arguments.modules ++ modules;
            specialArgs = (arguments.specialArgs or { }) // specialArgs;
          }
          // (if extension ? prefix then { inherit prefix; } else { })
          // (if extension ? undeclared then { inherit undeclared; } else { })
        );
      type = lib.types.submoduleWith {
        modules = arguments.modules;
        specialArgs = arguments.specialArgs or { };
        inherit class;
      };
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked (removeAttrs config [ "_module" ]);
      _module = checked config._module;
      graph = map (module: {
        inherit (module) key;
        file = module._file;
      }) collected;
      inherit extendModules type class;
    };
in
{
  inherit evalModules;
}

# Modules that lead from one option to another, for names that have changed.
{ lib }:
let
  inherit (builtins) map;
  inherit (lib)
    attrByPath
    getAttrFromPath
    mkIf
    mkMerge
    mkOption
    optionalAttrs
    setAttrByPath
    showFiles
    showOption
    ;

  # The definitions of an option, with their priority and places, for another option.
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      priority = option.highestPrio or lib.defaultOverridePriority;
      # Where order was said, the definition still has it as a field.
      ordered =
        definition:
        if definition ? priority then lib.mkOrder definition.priority definition.value else definition.value;
      again =
        definition:
        lib.mkDefinition (
          removeAttrs definition [ "priority" ] // { value = lib.mkOverride priority (ordered definition); }
        );
    in
    lib.mkAliasIfDef option (wrap (mkMerge (map again option.definitionsWithLocations)));

  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      old = getAttrFromPath from options;
      toType = (attrByPath to { } options).type or null;
      target = attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.");
      definitions =
        if withPriority then
          lib.mkAliasAndWrapDefsWithPriority (setAttrByPath to) old
        else
          lib.mkAliasAndWrapDefinitions (setAttrByPath to) old;
      told = "The option `${showOption from}' defined in ${placesOf old} has been renamed to `${showOption to}'.";
    in
    {
      options = setAttrByPath from (
        mkOption {
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply = value: use (target config);
        }
        // optionalAttrs (toType != null) { type = toType; }
      );
      config = mkIf condition (mkMerge [
        (optionalAttrs (options ? warnings) {
          warnings = lib.optional (warn && old.isDefined) told;
        })
        definitions
      ]);
    };

  placesOf = option: showFiles (map lib.definitionPlace option.definitionsWithLocations);

  removedMessage =
    name: old: replacement:
    "The option definition `${showOption name}' in ${placesOf old} no longer has any effect; please remove it.\n${replacement}";
in
{
  inherit doRename mkAliasAndWrapDefsWithPriority;

  mkAliasDefinitions = lib.mkAliasAndWrapDefinitions lib.id;
  mkAliasAndWrapDefinitions = wrap: option: lib.mkAliasIfDef option (wrap (mkMerge option.definitions));
  mkAliasIfDef = option: mkIf (lib.isOption option && option.isDefined);
  mkDerivedConfig =
    option: function:
    lib.mkOverride (option.highestPrio or lib.defaultOverridePriority) (function option.value);

  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = lib.warn "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    let
      old = lib.oldestSupportedReleaseIsAtLeast sinceRelease;
    in
    doRename {
      inherit from to;
      visible = false;
      warn = old;
      use = lib.warnIf old "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = lib.id;
    };
  mkAliasOptionModuleMD = lib.mkAliasOptionModule;

  mkRemovedOptionModule =
    name: replacement:
    { options, ... }:
    {
      options = setAttrByPath name (mkOption {
        visible = false;
        apply =
          _:
          throw "The option `${showOption name}' can no longer be used since it's been removed. ${replacement}";
      });
      config.assertions =
        let
          old = getAttrFromPath name options;
        in
        [
          {
            assertion = !old.isDefined;
            message = removedMessage name old replacement;
          }
        ];
    };

  # Several old options give one new one its value.
  mkMergedOptionModule =
    from: to: merge:
    { config, options, ... }:
    let
      unset = "_mkMergedOptionModule";
      isSet = path: attrByPath path unset config != unset;
      warning =
        path:
        let
          old = getAttrFromPath path options;
        in
        lib.optional (isSet path)
          "The option `${showOption path}' defined in ${placesOf old} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly.";
    in
    {
      options = lib.foldl' lib.recursiveUpdate { } (
        map (
          path:
          setAttrByPath path (mkOption {
            visible = false;
            # The text stands for "not set", since any other value could be meant.
            default = unset;
          })
        ) from
      );
      config = mkMerge [
        { warnings = builtins.concatMap warning from; }
        (setAttrByPath to (mkMerge (lib.optional (lib.any isSet from) (merge config))))
      ];
    };
  mkChangedOptionModule = from: to: change: lib.mkMergedOptionModule [ from ] to change;
}

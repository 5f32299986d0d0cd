# Options of command lines out of attribute sets.
{ lib }:
let
  optionName = name: if builtins.stringLength name == 1 then "-${name}" else "--${name}";

  toGNUCommandLine =
    {
      mkOptionName ? optionName,
      mkBool ? (name: value: lib.optional value (mkOptionName name)),
      mkList ? (name: values: builtins.concatMap (mkOption name) values),
      mkOption ? (
        name: value:
        if value == null then
          [ ]
        else if optionValueSeparator == null then
          [
            (mkOptionName name)
            (lib.generators.mkValueStringDefault { } value)
          ]
        else
          [ "${mkOptionName name}${optionValueSeparator}${lib.generators.mkValueStringDefault { } value}" ]
      ),
      optionValueSeparator ? null,
    }:
    options:
    let
      render =
        name: value:
        if builtins.isBool value then
          mkBool name value
        else if builtins.isList value then
          mkList name value
        else
          mkOption name value;
    in
    lib.concatLists (lib.mapAttrsToList render options);

  # `format` says for each name how its option is written: { option, sep, explicitBool, formatArg }.
  toCommandLine =
    format: options:
    let
      renderOne =
        name: value:
        let
          style = {
            sep = null;
            explicitBool = false;
            formatArg = lib.generators.mkValueStringDefault { };
          }
          // (if builtins.isFunction format then format name else format);
          withValue =
            if style.sep == null then
              [
                style.option
                (style.formatArg value)
              ]
            else
              [ "${style.option}${style.sep}${style.formatArg value}" ];
        in
        if builtins.isList value then
          builtins.concatMap (renderOne name) value
        else if value == null || (value == false && !style.explicitBool) then
          [ ]
        else if value == true && !style.explicitBool then
          [ style.option ]
        else
          withValue;
    in
    lib.concatLists (lib.mapAttrsToList renderOne options);
in
{
  inherit toGNUCommandLine toCommandLine;
  toGNUCommandLineShell = settings: options: lib.escapeShellArgs (toGNUCommandLine settings options);
  toCommandLineShell = format: options: lib.escapeShellArgs (toCommandLine format options);
  toCommandLineGNU =
    {
      isLong ? (name: builtins.stringLength name > 1),
      explicitBool ? false,
      formatArg ? lib.generators.mkValueStringDefault { },
    }:
    toCommandLine (
      name:
      let
        long = isLong name;
      in
      {
        option = if long then "--${name}" else "-${name}";
        sep = if long then "=" else "";
        inherit explicitBool formatArg;
      }
    );
}

# Declaring options, merging what several files say about one, and listing options for documentation.
{ lib }:
let
  inherit (builtins)
    concatMap
    filter
    foldl'
    head
    isAttrs
    isString
    length
    map
    tail
    ;
  values = map (definition: definition.value);

  # Takes default, defaultText, example, description, relatedPackages, type, apply, internal, visible and readOnly.
  mkOption = declaration: declaration // { _type = "option"; };

  isOption = lib.isType "option";

  literalExpression =
    text:
    if isString text then
      {
        _type = "literalExpression";
        inherit text;
      }
    else
      throw "literalExpression expects a string; for a value of another kind no wrapping is needed";
  literalMD =
    text:
    if isString text then
      {
        _type = "literalMD";
        inherit text;
      }
    else
      throw "literalMD expects a string";

  showOption =
    let
      part =
        name:
        if
          builtins.elem name [
            "*"
            "<name>"
            "<function body>"
          ]
        then
          name
        else
          lib.escapeNixIdentifier name;
    in
    path: builtins.concatStringsSep "." (map part path);

  mergeUniqueOption =
    {
      message,
      merge ? null,
    }:
    path: definitions:
    if length definitions == 1 then
      (if merge == null then (head definitions).value else merge path definitions)
    else
      throw "The option `${showOption path}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${lib.showDefs definitions}";

  mergeEqualOption =
    path: definitions:
    let
      first = head definitions;
      differing = filter (definition: definition.value != first.value) (tail definitions);
    in
    if definitions == [ ] then
      throw "This case should never happen."
    else if differing == [ ] then
      first.value
    else
      throw "The option `${showOption path}' has conflicting definition values:${
        lib.showDefs [
          first
          (head differing)
        ]
      }\nUse `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";

  mkPackageOption =
    packages: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      title = if lib.isList name then lib.last name else name;
      defaultPath = lib.toList default;
      package = lib.attrByPath defaultPath (throw "${lib.concatStringsSep "." defaultPath} cannot be found in ${pkgsText}") packages;
    in
    mkOption (
      {
        type = (if nullable then lib.types.nullOr else lib.id) lib.types.package;
        description =
          "The ${title} package to use." + (if extraDescription == "" then "" else " ") + extraDescription;
      }
      // lib.optionalAttrs (default != null) {
        default = package;
        defaultText = literalExpression "${pkgsText}.${lib.concatStringsSep "." defaultPath}";
      }
      // lib.optionalAttrs (nullable && default == null) { default = null; }
      // lib.optionalAttrs (example != null) {
        example = literalExpression (
          if lib.isList example then "${pkgsText}.${lib.concatStringsSep "." example}" else example
        );
      }
    );

  scrubOptionValue =
    value:
    if lib.isDerivation value then
      value
      // {
        type = "derivation";
        outPath = value.name;
        drvPath = value.name;
      }
    else if builtins.isList value then
      map scrubOptionValue value
    else if isAttrs value then
      builtins.mapAttrs (_: scrubOptionValue) (removeAttrs value [ "_args" ])
    else
      value;

  renderOptionValue =
    value:
    if value ? _type && value ? text then
      value
    else
      literalExpression (
        lib.generators.toPretty {
          multiline = true;
          allowPrettyValues = true;
        } value
      );
in
import ./definition-text.nix { inherit lib; }
// {
  inherit
    mkOption
    isOption
    literalExpression
    literalMD
    showOption
    mergeUniqueOption
    mergeEqualOption
    mkPackageOption
    scrubOptionValue
    renderOptionValue
    ;
  mkPackageOptionMD = mkPackageOption;
  literalExample = literalExpression;
  literalDocBook = text: literalMD text;
  mdDoc = text: text;

  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${if name._type or null == "mdDoc" then name.text else name}.";
      type = lib.types.bool;
    };

  mkSinkUndeclaredOptions =
    attributes:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Takes definitions that nothing else declares.";
        type = lib.mkOptionType {
          name = "sink";
          check = _: true;
          merge = _: _: false;
        };
      }
      // attributes
    );

  # Merges by the kind of the values; for options without a type.
  mergeDefaultOption =
    path: definitions:
    let
      list = values definitions;
    in
    if length list == 1 then
      head list
    else if lib.all lib.isFunction list then
      argument:
      lib.mergeDefaultOption path (
        map (definition: definition // { value = definition.value argument; }) definitions
      )
    else if lib.all builtins.isList list then
      lib.concatLists list
    else if lib.all isAttrs list then
      foldl' lib.mergeAttrs { } list
    else if lib.all builtins.isBool list then
      foldl' (left: right: left || right) false list
    else if lib.all isString list then
      lib.concatStrings list
    else if lib.all builtins.isInt list && lib.all (value: value == head list) list then
      head list
    else
      throw "Cannot merge definitions of `${showOption path}'. Definition values:${lib.showDefs definitions}";
  mergeOneOption = mergeUniqueOption { message = ""; };

  getValues = values;
  getFiles = map (definition: definition.file);

  # One record for each option below a set of options, those inside of submodules too.
  optionAttrSetToDocList = lib.optionAttrSetToDocList' [ ];
  optionAttrSetToDocList' =
    _: options:
    concatMap (
      option:
      let
        entry = {
          loc = option.loc;
          name = showOption option.loc;
          description = option.description or null;
          declarations = filter (file: file != lib.unknownModule) (option.declarations or [ ]);
          internal = option.internal or false;
          visible = if option.visible or null == "shallow" then true else option.visible or true;
          readOnly = option.readOnly or false;
          type = option.type.description or "unspecified";
        }
        // lib.optionalAttrs (option ? example) {
          example = builtins.addErrorContext "while evaluating the example of option `${showOption option.loc}`" (
            renderOptionValue option.example
          );
        }
        // lib.optionalAttrs (option ? defaultText || option ? default) {
          default =
            builtins.addErrorContext
              "while evaluating the ${
                if option ? defaultText then "defaultText" else "default value"
              } of option `${showOption option.loc}`"
              (renderOptionValue (option.defaultText or option.default));
        }
        // lib.optionalAttrs (option.relatedPackages or null != null) {
          inherit (option) relatedPackages;
        };
        inner =
          if option.visible or null == "shallow" then { } else (option.type.getSubOptions or (_: { })) option.loc;
      in
      [ entry ] ++ (if inner != { } then lib.optionAttrSetToDocList inner else [ ])
    ) (lib.collect isOption options);

  unknownModule = "<unknown-file>";

  showOptionWithDefLocs =
    option:
    showOption option.loc
    + "\n  The option is defined in:\n"
    + lib.concatMapStringsSep "\n" (file: "    - ${file}") (lib.unique (option.files or [ ]));
  showFiles = files: lib.concatMapStringsSep " and " (file: "`${file}'") files;
}

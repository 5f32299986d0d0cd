# The type of one PAM rule: a set with known fields, each merged like an option. Machines have a hundred rules; without
# modules of their own they take a fraction of the time and memory of as many submodules. A rule that somebody gives as
# a function or a file, which may import others, is a submodule.
{ lib }:
let
  inherit (lib) mkOption types;

  fields = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the rule is there.";
    };
    name = mkOption {
      type = types.str;
      description = "Name of the rule; the attribute's name if nothing else is said.";
    };
    order = mkOption {
      type = types.int;
      description = "Rules are sorted by this number.";
    };
    control = mkOption {
      type = types.str;
      description = "What success and failure mean.";
    };
    modulePath = mkOption {
      type = types.str;
      description = "The module.";
    };
    args = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Its arguments.";
    };
    settings = mkOption {
      type = types.attrsOf (
        types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.str
          ]
        )
      );
      default = { };
      description = "Its arguments by name.";
    };
  };

  full = types.submodule (
    { name, ... }:
    {
      options = fields // {
        name = fields.name // {
          default = name;
        };
      };
    }
  );

  defaultsOf =
    loc:
    builtins.mapAttrs (_: value: [
      {
        file = toString ./rule.nix;
        value = lib.mkOptionDefault value;
      }
    ]) (
      builtins.mapAttrs (_: option: option.default) (lib.filterAttrs (_: option: option ? default) fields)
      // {
        name = lib.last loc;
      }
    );

  definitionsByField =
    definitions:
    builtins.zipAttrsWith (_: values: values) (
      lib.concatMap (
        definition:
        map (builtins.mapAttrs (_: value: { inherit (definition) file; inherit value; })) (
          lib.pushDownProperties definition.value
        )
      ) definitions
    );

  refuseUnknown =
    loc: unknown:
    let
      field = builtins.head (builtins.attrNames unknown);
    in
    throw "The option `${lib.showOption (loc ++ [ field ])}' does not exist. Definition values:${lib.showDefs unknown.${field}}\nA PAM rule has: ${lib.concatStringsSep ", " (builtins.attrNames fields)}.";
in
lib.mkOptionType {
  name = "pam-rule";
  description = "PAM rule";
  descriptionClass = "noun";
  inherit (full) check;
  merge =
    loc: definitions:
    let
      given = definitionsByField definitions;
      unknown = removeAttrs given (builtins.attrNames fields);
      defaults = defaultsOf loc;
      valueOf =
        field: option:
        (lib.mergeDefinitions (loc ++ [ field ]) option.type (
          defaults.${field} or [ ] ++ given.${field} or [ ]
        )).mergedValue;
    in
    if !builtins.all (definition: builtins.isAttrs definition.value) definitions then
      full.merge loc definitions
    else if unknown == { } then
      builtins.mapAttrs valueOf fields
    else
      refuseUnknown loc unknown;
  emptyValue.value = { };
  inherit (full) getSubOptions;
}

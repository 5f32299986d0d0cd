# The type of a PAM rule merges its fields as options are merged.
{ lib }:
let
  ruleOf =
    definitions:
    (lib.evalModules {
      modules = [
        {
          options.rules = lib.mkOption {
            type = lib.types.attrsOf (import ../../base/modules/security/pam/rule.nix { inherit lib; });
          };
        }
      ]
      ++ map (rule: { rules.unix = rule; }) definitions;
    }).config.rules.unix;
  required = {
    order = lib.mkDefault 100;
    control = lib.mkDefault "required";
    modulePath = lib.mkDefault "pam_unix.so";
  };
in
[
  {
    name = "a rule has defaults, also where a definition does not hold";
    expr = ruleOf [
      required
      {
        args = lib.mkIf false [ "nullok" ];
        name = lib.mkIf false "other";
      }
    ];
    expected = {
      enable = true;
      name = "unix";
      order = 100;
      control = "required";
      modulePath = "pam_unix.so";
      args = [ ];
      settings = { };
    };
  }
  {
    name = "fields of a rule have priorities and order";
    expr =
      let
        rule = ruleOf [
          required
          {
            control = "sufficient";
            enable = lib.mkForce false;
            args = lib.mkAfter [ "b" ];
            settings.deny = 3;
          }
          (lib.mkIf true { args = [ "a" ]; })
        ];
      in
      [
        rule.control
        rule.enable
        rule.args
        rule.settings
      ];
    expected = [
      "sufficient"
      false
      [
        "a"
        "b"
      ]
      { deny = 3; }
    ];
  }
  {
    name = "an unknown field of a rule is named";
    expr = ruleOf [
      required
      { contrl = "required"; }
    ];
    error = [
      "The option `rules.unix.contrl' does not exist"
      "A PAM rule has: args, control"
    ];
  }
  {
    name = "a rule may be a function, and import others";
    expr = ruleOf [
      required
      { settings.deny = 3; }
      (
        { config, name, ... }:
        {
          imports = [ { config.args = [ "a" ]; } ];
          config.settings.of = "${name} ${config.control}";
        }
      )
    ];
    expected = {
      enable = true;
      name = "unix";
      order = 100;
      control = "required";
      modulePath = "pam_unix.so";
      args = [ "a" ];
      settings = {
        deny = 3;
        of = "unix required";
      };
    };
  }
  {
    name = "an unknown field of a rule that is a function is named";
    expr = ruleOf [
      required
      ({ ... }: { contrl = "required"; })
    ];
    error = [ "The option `rules.unix.contrl' does not exist" ];
  }
]

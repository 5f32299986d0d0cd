# What a person is told when a check fails: where the configuration says what the files follow from, and what to do.
{ lib, options }:
let
  inherit (builtins) concatMap filter isAttrs map;
  base = toString ../../..;
  isOwn = definition: lib.hasPrefix base (toString definition.file);

  # The definitions of the configuration itself: of the option, or of each name in it where it is a set.
  placesOf =
    name:
    let
      option = lib.attrByPath (lib.splitString "." name) null options;
      whole = definition: [
        {
          option = name;
          at = lib.definitionPlace definition;
        }
      ];
      within =
        definition: set:
        map (inner: {
          option = "${name}.${lib.escapeNixIdentifier inner}";
          at = lib.definitionPlace {
            inherit (definition) file;
            pos = builtins.unsafeGetAttrPos inner set;
          };
        }) (builtins.attrNames set);
      places =
        definition:
        concatMap (
          one: if isAttrs one.set && !lib.isDerivation one.set && !(one.set ? _type) then within definition one.set else whole definition
        ) (lib.unwrapSets null definition.value);
    in
    if option == null || !lib.isOption option then
      [ ]
    else
      concatMap places (filter (definition: !isOwn definition) option.definitionsWithLocations);
in
{
  check =
    name: check: derivation:
    let
      switch = if check.switch == null then "image.checks.${lib.escapeNixIdentifier name}.enable" else check.switch;
    in
    {
      derivation = builtins.unsafeDiscardStringContext derivation.drvPath;
      places = concatMap placesOf check.options;
      hint = "correct what is said above; '${switch} = false;' goes without this check";
    };

  # What generated files name is looked for where the root is linked.
  root = derivation: {
    derivation = builtins.unsafeDiscardStringContext derivation.drvPath;
    places = concatMap placesOf [
      "environment.etc"
      "security.pam.services"
      "systemd.services"
      "systemd.user.services"
      "time.timeZone"
    ];
    hint = "name something that the image has: a package's own program, as in \"\${pkgs.jq}/bin/jq\", or what a package in environment.systemPackages brings; '-' before a unit's command or a rule of PAM lets it be absent";
  };
}

# sshd reads names of settings in any case and takes the first of two: what is spelt in two ways is refused.
{
  config,
  lib,
  options,
  ...
}:
let
  settings = lib.filterAttrs (_: value: value != null && value != [ ]) config.services.openssh.settings;
  spellings = builtins.groupBy lib.toLower (builtins.attrNames settings);
  twice = builtins.filter (names: builtins.length names > 1) (builtins.attrValues spellings);

  # The base's own spelling is the one to keep.
  placesOf = name: lib.hardpan.placesWithin options.services.openssh.settings [ name ];
  described =
    name:
    let
      places = placesOf name;
    in
    if places == [ ] then "${name} (the base's own)" else "${name} (${lib.concatStringsSep ", " places})";
  kept = names: lib.findFirst (name: placesOf name == [ ]) (builtins.head names) names;
in
{
  config = lib.mkIf config.services.openssh.enable {
    assertions = map (names: {
      assertion = false;
      message = "services.openssh.settings sets ${kept names} twice, of which sshd takes one: ${lib.concatMapStringsSep " and " described names}. Write it once, as ${kept names}.";
    }) twice;
  };
}

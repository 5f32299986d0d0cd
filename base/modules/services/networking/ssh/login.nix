# Says so when nobody could log in to the machine, as in a new project that has no key yet.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.services.openssh;
  users = builtins.filter (user: user.enable) (builtins.attrValues config.users.users);
  hasKey = user: user.openssh.authorizedKeys.keys != [ ] || user.openssh.authorizedKeys.keyFiles != [ ];
  hasPassword =
    user:
    let
      hash = if user.hashedPassword != null then user.hashedPassword else user.initialHashedPassword;
    in
    hash != null && builtins.match "[!*].*" hash == null;

  # Keys that the server finds in other ways.
  findsKeys =
    cfg.authorizedKeysCommand != "none"
    || lib.hasInfix "trustedusercakeys" (
      lib.toLower (cfg.extraConfig + toString (builtins.attrNames (lib.filterAttrs (_: value: value != null) cfg.settings)))
    );

  person = lib.findFirst (user: user.isNormalUser) { name = "root"; } users;
  placesOf = lib.hardpan.placesWithin options.users.users;
  keys = [
    person.name
    "openssh"
    "authorizedKeys"
    "keys"
  ];
  places =
    lib.findFirst (places: places != [ ])
      [ ]
      [
        (placesOf keys)
        (placesOf [ person.name ])
        (lib.hardpan.placesWithin options.services.openssh.enable [ ])
      ];
in
{
  config = lib.mkIf (cfg.enable && !findsKeys) {
    warnings = lib.optional (!lib.any (user: hasKey user || hasPassword user) users) (
      lib.hardpan.placesPrefix places
      + "nobody can log in to this machine: no user has an ssh key or a password. Put your public key into users.users.${person.name}.openssh.authorizedKeys.keys."
    );
  };
}

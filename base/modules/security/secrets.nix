# An image has no secrets: everybody who has it can read it. What looks like one in a generated file is told.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib.hardpan) optionsWithText secretIn secretsIn;
  # Rules of PAM speak of passwords and have none.
  hasText = path: file: file ? text && !lib.hasPrefix "/etc/pam.d/" path;
  found = secretsIn (lib.mapAttrs (_: file: file.text) (lib.filterAttrs hasText config.image.root.files));

  isSecret = name: text: secretIn text != null || secretIn "${name}=${text}" != null;
  places = optionsWithText isSecret (removeAttrs options [ "assertions" "warnings" ]);

  advice = "everybody who has the image can read it. Keep it in a file on the state partition (below /var), and let the service read it with serviceConfig.LoadCredential or EnvironmentFile";
  ofFile = path: kind: "${path} holds what looks like ${kind}: ${advice}.";
  ofPlace = place: "${place.at}: `${place.option}' holds what looks like a secret: ${advice}.";
in
{
  options.hardpan.warnOfSecrets = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = "Whether texts that look like secrets are warned of.";
  };

  config.warnings = lib.optionals (config.hardpan.warnOfSecrets && found != { }) (
    if places == [ ] then lib.mapAttrsToList ofFile found else lib.unique (map ofPlace places)
  );
}

# Keys that users log in with: options of users, and a check that finds what cannot be a key.
{ lib }:
let
  inherit (lib) mkOption types;

  # How the key itself begins, by type: the type's name again, with its length, in base64.
  prefixes = {
    "ssh-ed25519" = "AAAAC3NzaC1lZDI1NTE5AAAAI";
    "ssh-rsa" = "AAAAB3NzaC1yc2EAAAA";
    "ecdsa-sha2-nistp256" = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB";
    "ecdsa-sha2-nistp384" = "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABh";
    "ecdsa-sha2-nistp521" = "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACF";
    "sk-ssh-ed25519@openssh.com" = "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAI";
    "sk-ecdsa-sha2-nistp256@openssh.com" = "AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABB";
  };
  lengths = {
    "ssh-ed25519" = 68;
    "ecdsa-sha2-nistp256" = 140;
    "ecdsa-sha2-nistp384" = 184;
    "ecdsa-sha2-nistp521" = 232;
  };

  # Why a line is no key, or null.
  problem =
    line:
    let
      kinds = lib.concatStringsSep "|" (map lib.escapeRegex (builtins.attrNames prefixes));
      parts = builtins.match "(.*[[:space:],\"])?(${kinds})[[:space:]]+([^[:space:]]*)([[:space:]].*)?" line;
      kind = builtins.elemAt parts 1;
      body = builtins.elemAt parts 2;
      wanted = lengths.${kind} or 0;
    in
    if parts == null then
      "it names no known type of key"
    else if builtins.match "[A-Za-z0-9+/]+={0,2}" body == null then
      "what follows ${kind} is not base64"
    else if !lib.hasPrefix prefixes.${kind} body || (wanted != 0 && builtins.stringLength body != wanted) then
      "what follows ${kind} is not a key of that type"
    else
      null;

  checkedLines = text: builtins.filter (line: line != "" && !lib.hasPrefix "#" line) (map lib.trim (lib.splitString "\n" text));

  short = line: if builtins.stringLength line > 60 then "${builtins.substring 0 57 line}..." else line;
in
{
  userOptions =
    { options, ... }:
    {
      options.openssh.authorizedKeys = {
        keys = mkOption {
          type = types.listOf (types.singleLineStr or types.str);
          default = [ ];
          example = [ "ssh-ed25519 AAAAC3Nz... someone@example" ];
          description = "Keys that the user logs in with.";
        };
        keyFiles = mkOption {
          type = types.listOf types.path;
          default = [ ];
          description = "Files with such keys.";
        };
        placed = mkOption {
          type = types.listOf types.raw;
          internal = true;
          default =
            let
              option = options.openssh.authorizedKeys.keys;
              places = lib.hardpan.definitionPlaces option;
            in
            lib.concatLists (
              lib.zipListsWith (
                place: definition: map (key: { inherit place key; }) definition.value
              ) places option.definitionsWithLocations
            );
          description = "Keys, each with the place that defines it.";
        };
      };
    };

  # Warnings about keys that no client can match. They stay in the image: the server passes over them.
  warnings =
    option: authorizedKeys:
    lib.concatMap (
      placed:
      map (
        line:
        "${placed.place}: \"${short line}\" in ${option} is not an ssh key (${problem line}); nobody can log in with it"
      ) (builtins.filter (line: problem line != null) (checkedLines placed.key))
    ) authorizedKeys.placed;
}

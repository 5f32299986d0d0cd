# What maintainer scripts of the image's packages would have done, from `base/effects`, and who has read which script.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  directory = ../../effects;
  files = builtins.readDir directory;

  # The name of a kernel package holds its version, so its scripts do too.
  isKernel = name: builtins.match "linux-image-[0-9].*" name != null;
  fileOf = name: if isKernel name then "linux-image.nix" else "${name}.nix";

  effects = lib.concatMap (
    package:
    let
      file = fileOf package.name;
    in
    lib.optional (files ? ${file}) {
      inherit (package) name;
      value = import (directory + "/${file}");
    }
  ) config.image.closure.packages;

  scriptsOf =
    effect:
    lib.concatLists (
      lib.mapAttrsToList (
        script: read:
        map (
          sha256:
          {
            package = effect.name;
            inherit script sha256;
            inherit (read) by;
          }
          // lib.optionalAttrs (isKernel effect.name) {
            replacing = lib.removePrefix "linux-image-" effect.name;
          }
        ) read.sha256
      ) effect.value.scripts
    );

  joined = name: lib.concatMap (effect: effect.value.${name} or [ ]) effects;
  joinedSet = name: lib.foldl' (all: effect: all // (effect.value.${name} or { })) { } effects;

  # Files of no use without a package that is not in the image: { <package> = [ <glob> ]; }.
  useless =
    onlyWith:
    lib.concatLists (
      lib.mapAttrsToList (
        package: paths: if builtins.elem package config.image.closure.names then [ ] else paths
      ) onlyWith
    );

  configured = config.image.accounts;
  isConfigured = kind: name: builtins.any (account: account.name == name) configured.${kind};

  userOf = name: user: {
    inherit name;
    isSystemUser = true;
    createHome = false;
    group = user.group or name;
    extraGroups = user.extraGroups or [ ];
    description = user.description or "";
    home = user.home or "/nonexistent";
    shell = user.shell or "/usr/sbin/nologin";
  };

  users = lib.filterAttrs (name: _: !isConfigured "users" name) (joinedSet "users");
  ownGroups = builtins.filter (name: !(users.${name} ? group)) (builtins.attrNames users);
  groups = builtins.filter (name: !isConfigured "groups" name) (lib.unique (joined "groups" ++ ownGroups));
in
{
  options.image = {
    acknowledgedScripts = mkOption {
      type = types.listOf (types.attrsOf types.str);
      default = [ ];
      example = [
        {
          package = "example";
          script = "postinst";
          sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
          by = "only upgrades";
        }
      ];
      description = "Maintainer scripts that somebody has read and whose work is done elsewhere or not needed.";
    };
    scripts = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "Scripts that are accounted for.";
    };
    effects = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "What the scripts of the image's packages would have done.";
    };
  };

  config.image = {
    scripts = lib.concatMap scriptsOf effects ++ config.image.acknowledgedScripts;
    effects = {
      permissions = joined "permissions";
      stateOwners = joined "stateOwners";
      diversions = joined "diversions";
      keepEtc = joined "keepEtc";
      mayMiss = joined "mayMiss";
      exclude = lib.concatMap (effect: useless (effect.value.onlyWith or { })) effects;
      alternatives = joinedSet "alternatives";
      prefer = joinedSet "prefer";
      files = joinedSet "files";
      accounts = configured // {
        users = configured.users ++ lib.mapAttrsToList userOf users;
        groups = configured.groups ++ map (name: { inherit name; }) groups;
      };
    };
  };
}

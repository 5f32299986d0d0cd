# Users and groups. They are part of the image: nothing on the machine adds or changes them.
{
  config,
  lib,
  options,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.users;

  maybe =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  subIds =
    start:
    mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            ${start} = mkOption {
              type = types.int;
              description = "The first id.";
            };
            count = mkOption {
              type = types.int;
              default = 65536;
              description = "How many.";
            };
          };
        }
      );
      default = [ ];
      description = "Ranges of subordinate ids.";
    };

  userModule =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the user exists.";
        };
        name = mkOption {
          type = types.passwdEntry types.str;
          default = name;
          description = "Login name.";
        };
        description = mkOption {
          type = types.passwdEntry types.str;
          default = "";
          description = "Full name.";
        };
        uid = maybe types.int "Fixed id; unless given it follows from a registry or from the name.";
        isSystemUser = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it belongs to a service.";
        };
        isNormalUser = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it belongs to a person: home, shell and the group `users`.";
        };
        group = mkOption {
          type = types.str;
          default = "";
          description = "Primary group.";
        };
        extraGroups = mkOption {
          type = types.listOf (types.passwdEntry types.str);
          default = [ ];
          description = "Further groups.";
        };
        home = mkOption {
          type = types.passwdEntry types.str;
          default = "/var/empty";
          description = "Home directory.";
        };
        homeMode = mkOption {
          type = types.strMatching "[0-7]{1,5}";
          default = "700";
          description = "Mode of the home directory.";
        };
        createHome = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the home directory is made.";
        };
        shell = mkOption {
          type = types.nullOr (types.either types.shellPackage types.path);
          default = "/usr/sbin/nologin";
          description = "Login shell.";
        };
        useDefaultShell = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the shell is `users.defaultUserShell`.";
        };
        ignoreShellProgramCheck = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted without effect.";
        };
        packages = mkOption {
          type = types.listOf types.package;
          default = [ ];
          description = "Packages for this user; they are there for all.";
        };
        hashedPassword = maybe (types.passwdEntry types.str) "Hash of the password, as mkpasswd prints it. It can be read in the image.";
        initialHashedPassword = maybe (types.passwdEntry types.str) "The same as hashedPassword: accounts do not change on the machine.";
        password = maybe types.str "Not supported: the image would hold the password itself.";
        initialPassword = maybe types.str "Not supported: the image would hold the password itself.";
        hashedPasswordFile = maybe types.str "Not supported: accounts are part of the image.";
        expires = maybe types.str "Day on which the account ends, as YYYY-MM-DD.";
        linger = mkOption {
          type = types.nullOr types.bool;
          default = false;
          description = "Whether the user's units run without a login.";
        };
        autoSubUidGidRange = mkOption {
          type = types.bool;
          default = false;
          description = "Whether subordinate ids follow from the name.";
        };
        subUidRanges = subIds "startUid";
        subGidRanges = subIds "startGid";
        cryptHomeLuks = maybe types.str "Not supported.";
        pamMount = mkOption {
          type = types.attrsOf types.str;
          default = { };
          visible = false;
          description = "Not supported.";
        };
      };

      config = lib.mkMerge [
        (lib.mkIf config.isNormalUser {
          group = lib.mkDefault "users";
          createHome = lib.mkDefault true;
          home = lib.mkDefault "/home/${config.name}";
          homeMode = lib.mkDefault "700";
          useDefaultShell = lib.mkDefault true;
          isSystemUser = lib.mkDefault false;
        })
        (lib.mkIf config.useDefaultShell { shell = lib.mkDefault cfg.defaultUserShell; })
        (lib.mkIf config.autoSubUidGidRange {
          subUidRanges = [ { startUid = subordinate config.name; } ];
          subGidRanges = [ { startGid = subordinate config.name; } ];
        })
      ];
    };

  # A range far above other ids that depends on the name alone: 65536 ids, one of 16384 places.
  subordinate =
    name:
    let
      digits = builtins.substring 0 4 (builtins.hashString "sha256" name);
      value = (builtins.fromTOML "number = 0x${digits}").number;
    in
    1000000 + lib.mod value 16384 * 65536;

  groupModule =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.passwdEntry types.str;
          default = name;
          description = "Name of the group.";
        };
        gid = maybe types.int "Fixed id; unless given it follows from a registry or from the name.";
        members = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Users in the group.";
        };
      };
    };

  users = builtins.filter (user: user.enable) (builtins.attrValues cfg.users);

  passwordOf =
    user: if user.hashedPassword != null then user.hashedPassword else user.initialHashedPassword;

  range = start: entry: {
    start = entry.${start};
    inherit (entry) count;
  };

  userSpec = user: {
    inherit (user)
      name
      uid
      group
      description
      home
      createHome
      isSystemUser
      ;
    extraGroups = lib.unique user.extraGroups;
    homeMode = user.homeMode;
    shell = if user.shell == null then "/usr/sbin/nologin" else utils.toShellPath user.shell;
    hashedPassword = passwordOf user;
    subUidRanges = map (range "startUid") user.subUidRanges;
    subGidRanges = map (range "startGid") user.subGidRanges;
  };

  doubled =
    kind: accounts:
    lib.mapAttrsToList (name: _: {
      assertion = false;
      message = "Several of users.${kind} are called ${name}. Give each a name of its own, or define one of them only.";
    }) (lib.hardpan.sharing (account: account.name) accounts);

  shellPackages = builtins.filter lib.isDerivation (map (user: user.shell) users);

  # What crypt(5) calls a hash: of a kind with a salt, of the oldest kind, or something that no password gives.
  isHash =
    hash:
    lib.any (pattern: builtins.match pattern hash != null) [
      "[!*].*"
      "[$](y|gy|7|2[abxy]|6|5|sha1|md5|1|sm3|sm3y|gsy)[$,][!-9;-~]+"
      "_?[./0-9A-Za-z]{13,}"
    ];
  passwordWarnings =
    user:
    let
      field = if user.hashedPassword != null then "hashedPassword" else "initialHashedPassword";
      places = lib.hardpan.placesPrefix (
        lib.hardpan.placesWithin options.users.users [
          user.name
          field
        ]
      );
    in
    lib.optional (passwordOf user != null && passwordOf user != "" && !isHash (passwordOf user))
      "${places}users.users.${user.name}.${field} is no hash of a password: nobody can log in with it. mkpasswd prints one.";

  lingering = builtins.filter (user: user.linger == true) users;

  assertionsOf = user: [
    {
      assertion = user.isNormalUser != user.isSystemUser || user.name == "root" || user.uid == 0;
      message = "Exactly one of users.users.${user.name}.isSystemUser and users.users.${user.name}.isNormalUser must be set.";
    }
    {
      assertion = user.group != "";
      message = "users.users.${user.name}.group is unset. Set users.users.${user.name}.group = \"${user.name}\"; and users.groups.${user.name} = {}; for a group of its own.";
    }
    {
      assertion = user.password == null && user.initialPassword == null;
      message = "users.users.${user.name}.password would put the password itself into the image. Write users.users.${user.name}.hashedPassword with the output of mkpasswd.";
    }
    {
      assertion = user.hashedPasswordFile == null;
      message = "users.users.${user.name}.hashedPasswordFile is not supported: accounts are part of the image. Use ssh keys, or users.users.${user.name}.hashedPassword.";
    }
    {
      assertion = user.cryptHomeLuks == null && user.expires == null;
      message = "users.users.${user.name}: cryptHomeLuks and expires are not supported.";
    }
  ];
in
{
  imports = [
    (lib.mkAliasOptionModule [ "users" "extraUsers" ] [ "users" "users" ])
    (lib.mkAliasOptionModule [ "users" "extraGroups" ] [ "users" "groups" ])
    (lib.mkRenamedOptionModule [ "security" "initialRootPassword" ] [ "users" "users" "root" "initialHashedPassword" ])
  ];

  options = {
    users = {
      users = mkOption {
        type = types.attrsOf (types.submodule userModule);
        default = { };
        description = "Users by name.";
      };
      groups = mkOption {
        type = types.attrsOf (types.submodule groupModule);
        default = { };
        description = "Groups by name.";
      };
      mutableUsers = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted; accounts are part of the image and never change on the machine.";
      };
      enforceIdUniqueness = mkOption {
        type = types.bool;
        default = true;
        description = "Accepted; two accounts never share an id.";
      };
      allowNoPasswordLogin = mkOption {
        type = types.bool;
        default = true;
        description = "Accepted; nobody needs a password to log in by key.";
      };
      defaultUserShell = mkOption {
        type = types.either types.path types.shellPackage;
        default = "/usr/bin/bash";
        description = "Shell of users that name no other.";
      };
      manageLingering = mkOption {
        type = types.bool;
        default = true;
        description = "Accepted; what lingers follows from the configuration.";
      };
    };
    image.accounts = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "Accounts for the linker.";
    };
  };

  config = {
    assertions =
      lib.concatMap assertionsOf users ++ doubled "users" users ++ doubled "groups" (builtins.attrValues cfg.groups);
    warnings = lib.concatMap passwordWarnings users;

    users.users.root = {
      uid = 0;
      group = "root";
      home = "/root";
      description = lib.mkDefault "System administrator";
      useDefaultShell = lib.mkDefault true;
    };
    users.groups.wheel = { };
    # Who may become root may read what the machine says without it.
    users.groups.systemd-journal.members = lib.unique (
      cfg.groups.wheel.members
      ++ map (user: user.name) (
        builtins.filter (user: user.group == "wheel" || builtins.elem "wheel" user.extraGroups) users
      )
    );

    environment.systemPackages = lib.concatMap (user: user.packages) users ++ shellPackages;
    environment.shells = map utils.toShellPath shellPackages;

    image.accounts = {
      users = map userSpec users;
      groups = map (group: { inherit (group) name gid members; }) (builtins.attrValues cfg.groups);
      registry = {
        users = config.ids.uids;
        groups = config.ids.gids;
      };
      shells = lib.unique config.environment.shells;
    };

    systemd.tmpfiles.rules = lib.optionals (lingering != [ ]) (
      [ "d /var/lib/systemd/linger 0755 root root -" ]
      ++ map (user: "f /var/lib/systemd/linger/${user.name} 0644 root root -") lingering
    );
  };
}

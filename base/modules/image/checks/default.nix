# What is generated is checked while the image is built, by the program that will read it on the machine: nobody can
# mend a file there. Each check is a derivation of its own that depends on the files that it reads and on nothing else
# of the image, so it runs again when they change. An image waits for its checks and holds nothing of them.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.image.checks;
  explain = import ./explanations.nix { inherit lib options; };

  # The checks of a machine share one tree of programs: unpacking it takes longer than they do.
  common = [
    "base-passwd"
    "bash"
    "coreutils"
    "grep"
    "mount"
    "nftables"
    "openssh-server"
    "sed"
    "sudo"
    "systemd"
    "util-linux"
  ];

  check = types.submodule {
    options = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the check runs.";
      };
      files = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "/etc/ssh/sshd_config" ];
        description = "Generated files that are checked, by their paths in the image. Without any there is no check.";
      };
      command = mkOption {
        type = types.lines;
        example = "sshd -G -f $root/etc/ssh/sshd_config > /dev/null";
        description = ''
          Shell commands that say what is wrong and fail. They run in the folder `$root`, which holds the files at their
          paths; `on_machine COMMAND` runs something with the image's accounts in a network of its own.
        '';
      };
      packages = mkOption {
        type = types.listOf types.raw;
        default = [ ];
        description = "Debian packages that the command needs, beside the usual ones.";
      };
      texts = mkOption {
        type = types.attrsOf types.str;
        default = { };
        internal = true;
        description = "Further files by their paths.";
      };
      readsStore = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the command looks into store paths that the files name.";
      };
      options = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "services.openssh.settings" ];
        description = "Options that the files follow from, whose definitions are named when the check fails.";
      };
      switch = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "NixOS's own option that turns the check off, if there is one.";
      };
    };
  };

  present = lib.filterAttrs (_: check: check.files != [ ] || check.texts != { }) (removeAttrs cfg [ "enable" ]);
  runs = check: cfg.enable && check.enable;

  # Shell code that makes the files below the working directory.
  filesText =
    check:
    let
      place = path: lib.escapeShellArg ".${path}";
      plain = if check.readsStore then text: text else builtins.unsafeDiscardStringContext;
      make =
        path:
        let
          file = config.image.root.files.${path};
        in
        if file ? text then
          "printf %s ${lib.escapeShellArg (plain file.text)} > ${place path}\n"
        else if file ? target then
          "ln -s ${lib.escapeShellArg (plain file.target)} ${place path}\n"
        else
          "cp -rL ${file.source} ${place path}\n";
      further = path: text: "printf %s ${lib.escapeShellArg text} > ${place path}\n";
      folders = lib.unique (map builtins.dirOf (check.files ++ builtins.attrNames check.texts));
    in
    "mkdir -p ${lib.concatMapStringsSep " " place folders}\n"
    + lib.concatMapStrings make check.files
    + lib.concatStrings (lib.mapAttrsToList further check.texts);

  # Names that files may speak of. Their numbers are of no concern here.
  accounts =
    let
      namesOf =
        configured: registry:
        builtins.attrNames (
          registry
          // builtins.listToAttrs (map (account: lib.nameValuePair account.name null) (builtins.attrValues configured))
        );
      account = rest: name: "${name}:x:65533:${rest}\n";
    in
    {
      passwd = lib.concatMapStrings (account "65533::/:/usr/sbin/nologin") (
        namesOf config.users.users config.ids.uids
      );
      group = lib.concatMapStrings (account "") (namesOf config.users.groups config.ids.gids);
    };
  accountsFor =
    check:
    lib.optionalAttrs (lib.hasInfix "on_machine" check.command) {
      inherit (accounts) passwd group;
    };

  derive =
    name: check:
    let
      passed = {
        files = filesText check;
        inherit (check) command;
      }
      // accountsFor check;
    in
    derivation (
      passed
      // {
        name = "check-${name}";
        system = config.nixpkgs.hostPlatform.system;
        builder = "/usr/bin/bash";
        args = [
          "-c"
          (builtins.readFile ./check.sh)
        ];
        PATH = "/usr/sbin:/usr/bin";
        LC_ALL = "C";
        __hardpanSysroot = programs;
        passAsFile = builtins.attrNames passed;
      }
    );

  active = lib.filterAttrs (_: runs) present;
  derivations = lib.mapAttrs derive active;
  programs = pkgs.hardpan.sysrootWith {
    name = "check-root";
    packages = common ++ lib.concatMap (check: check.packages) (builtins.attrValues active);
  };
in
{
  imports = [ ./table.nix ];

  options = {
    image.checks = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf check;
        options.enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether generated files are checked at all; the building machine must let users make namespaces for it.";
        };
      };
      default = { };
      description = "Checks of generated files, by name.";
    };
    image.checked = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "What an image waits for, what is said when something of it fails, and the checks that are off.";
    };
    system.checks = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "What must build before an image does; nothing of it is in the image.";
    };
  };

  config = {
    image.checked = {
      inputs = lib.concatMapStringsSep " " (input: "${input}") (builtins.attrValues derivations ++ config.system.checks);
      off = builtins.attrNames (lib.filterAttrs (_: check: !runs check) present);
      explanations = [
        (explain.root config.system.build.root)
      ]
      ++ lib.mapAttrsToList (name: explain.check name present.${name}) derivations;
    };
    system.build.checks = lib.hardpan.checked config (
      pkgs.hardpan.links {
        name = "checks";
        links = lib.mapAttrs (_: derivation: "${derivation}") derivations;
      }
    );
  };
}

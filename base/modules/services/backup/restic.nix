# Backups with restic.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.restic;

  list =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  maybe =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };
  lines =
    description:
    mkOption {
      type = types.nullOr types.lines;
      default = null;
      inherit description;
    };

  backup = types.submodule {
    options = {
      passwordFile = maybe "File with the password of the repository.";
      environmentFile = maybe "File with environment variables.";
      repository = maybe "The repository.";
      repositoryFile = maybe "File with the name of the repository.";
      paths = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = [ ];
        description = "What is saved.";
      };
      exclude = list "What is left out.";
      command = list "Command whose output is saved.";
      timerConfig = mkOption {
        type = types.nullOr (types.attrsOf types.raw);
        default = {
          OnCalendar = "daily";
          Persistent = true;
        };
        description = "When.";
      };
      user = mkOption {
        type = types.str;
        default = "root";
        description = "Who it runs as.";
      };
      extraBackupArgs = list "Further arguments of the backup.";
      extraOptions = list "Options of the repository's kind.";
      initialize = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the repository is made if there is none.";
      };
      pruneOpts = list "What is kept; the rest is deleted.";
      runCheck = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the repository is checked.";
      };
      checkOpts = list "Arguments of the check.";
      dynamicFilesFrom = lines "Commands that print what is saved.";
      backupPrepareCommand = lines "Commands run before.";
      backupCleanupCommand = lines "Commands run after.";
      inhibitsSleep = mkOption {
        type = types.bool;
        default = false;
        visible = false;
        description = "Accepted without effect.";
      };
      createWrapper = mkOption {
        type = types.bool;
        default = true;
        visible = false;
        description = "Accepted without effect.";
      };
    };
  };

  restic = backup: "/usr/bin/restic${lib.concatMapStrings (option: " -o ${option}") backup.extraOptions}";

  scriptOf =
    name: backup:
    lib.optionalString backup.initialize "${restic backup} cat config > /dev/null || ${restic backup} init\n"
    + lib.optionalString (
      backup.dynamicFilesFrom != null
    ) "(\n${backup.dynamicFilesFrom}\n) > /run/restic-backups-${name}/files\n"
    + (
      if backup.command != [ ] then
        "${restic backup} backup ${lib.escapeShellArgs backup.extraBackupArgs} --stdin-from-command -- ${lib.escapeShellArgs backup.command}\n"
      else
        lib.optionalString (backup.paths != null && backup.paths != [ ] || backup.dynamicFilesFrom != null) (
          "${restic backup} backup --cache-dir=/var/cache/restic-backups-${name} ${lib.escapeShellArgs backup.extraBackupArgs} ${
            lib.concatMapStringsSep " " (path: "--exclude=${lib.escapeShellArg path}") backup.exclude
          } ${lib.optionalString (backup.dynamicFilesFrom != null) "--files-from=/run/restic-backups-${name}/files "}${
            lib.escapeShellArgs (if backup.paths == null then [ ] else backup.paths)
          }\n"
        )
    )
    + lib.optionalString (backup.pruneOpts != [ ]) "${restic backup} forget --prune ${lib.concatStringsSep " " backup.pruneOpts}\n"
    + lib.optionalString backup.runCheck "${restic backup} check ${lib.concatStringsSep " " backup.checkOpts}\n";
in
{
  options.services.restic.backups = mkOption {
    type = types.attrsOf backup;
    default = { };
    description = "Backups by name.";
  };

  config = lib.mkIf (cfg.backups != { }) {
    image.debianPackages = [ "restic" ];
    systemd.services = lib.mapAttrs' (
      name: backup:
      lib.nameValuePair "restic-backups-${name}" {
        description = "Backup ${name}";
        wants = [ "network-online.target" ];
        after = [ "network-online.target" ];
        environment =
          lib.optionalAttrs (backup.passwordFile != null) { RESTIC_PASSWORD_FILE = backup.passwordFile; }
          // lib.optionalAttrs (backup.repository != null) { RESTIC_REPOSITORY = backup.repository; }
          // lib.optionalAttrs (backup.repositoryFile != null) { RESTIC_REPOSITORY_FILE = backup.repositoryFile; }
          // {
            RESTIC_CACHE_DIR = "/var/cache/restic-backups-${name}";
          };
        preStart = if backup.backupPrepareCommand == null then "" else backup.backupPrepareCommand;
        script = scriptOf name backup;
        postStop = if backup.backupCleanupCommand == null then "" else backup.backupCleanupCommand;
        serviceConfig = {
          Type = "oneshot";
          User = backup.user;
          RuntimeDirectory = "restic-backups-${name}";
          CacheDirectory = "restic-backups-${name}";
          CacheDirectoryMode = "0700";
          PrivateTmp = true;
          EnvironmentFile = lib.mkIf (backup.environmentFile != null) backup.environmentFile;
        };
      }
    ) cfg.backups;
    systemd.timers = lib.mapAttrs' (
      name: backup:
      lib.nameValuePair "restic-backups-${name}" {
        wantedBy = [ "timers.target" ];
        inherit (backup) timerConfig;
      }
    ) (lib.filterAttrs (_: backup: backup.timerConfig != null) cfg.backups);
  };
}

# The kernel's audit, and the daemon that writes its records.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.security.audit;
  modes = {
    silent = "0";
    printk = "1";
    panic = "2";
  };
  isOn = cfg.enable == true || cfg.enable == "lock";
in
{
  options.security = {
    audit = {
      enable = mkOption {
        type = types.enum [
          false
          true
          "lock"
        ];
        default = false;
        description = "Whether the kernel audits; `lock` means that it cannot be switched off. The records are in the journal (`journalctl _TRANSPORT=audit`), or in /var/log/audit with `security.auditd.enable`.";
      };
      failureMode = mkOption {
        type = types.enum (builtins.attrNames modes);
        default = "printk";
        description = "What the kernel does when a record is lost.";
      };
      backlogLimit = mkOption {
        type = types.int;
        default = 1024;
        description = "Records that may wait.";
      };
      rateLimit = mkOption {
        type = types.int;
        default = 0;
        description = "Records each second; 0 means without limit.";
      };
      rules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "-a exit,always -F arch=b64 -S execve" ];
        description = "Rules as in audit.rules(7).";
      };
    };
    auditd = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the audit daemon writes records to /var/log/audit.";
      };
      settings = mkOption {
        type = types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.str ]));
        default = { };
        description = "Settings of auditd.conf(5).";
      };
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (isOn || config.security.auditd.enable) {
      image.debianPackages = [ "auditd" ];
    })
    (lib.mkIf (isOn && !config.security.auditd.enable) {
      # Records are the journal's then. With `audit=1` the kernel would keep each for a daemon that never comes, and
      # write on every console how many it has lost.
      image.root.enableUnits = [ "systemd-journald-audit.socket" ];
    })
    (lib.mkIf isOn {
      boot.kernelParams = lib.optional config.security.auditd.enable "audit=1" ++ [
        "audit_backlog_limit=${toString cfg.backlogLimit}"
      ];
      environment.etc."audit/audit.rules" = {
        mode = "0640";
        text = ''
          -D
          -b ${toString cfg.backlogLimit}
          -f ${modes.${cfg.failureMode}}
          -r ${toString cfg.rateLimit}
          ${lib.concatStringsSep "\n" cfg.rules}
          -e ${if cfg.enable == "lock" then "2" else "1"}
        '';
      };
      systemd.services.audit-rules = {
        description = "Load the rules of the kernel's audit";
        wantedBy = [ "sysinit.target" ];
        before = [
          "sysinit.target"
          "shutdown.target"
        ];
        conflicts = [ "shutdown.target" ];
        unitConfig = {
          DefaultDependencies = false;
          ConditionVirtualization = "!container";
          ConditionKernelCommandLine = [
            "!audit=0"
            "!audit=off"
          ];
        };
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "/usr/sbin/auditctl -R /etc/audit/audit.rules";
        };
      };
    })
    (lib.mkIf config.security.auditd.enable {
      security.auditd.settings = lib.mapAttrs (_: lib.mkDefault) {
        log_file = "/var/log/audit/audit.log";
        log_format = "ENRICHED";
        log_group = "root";
        freq = 50;
        flush = "INCREMENTAL_ASYNC";
        max_log_file = 8;
        num_logs = 5;
        max_log_file_action = "ROTATE";
        space_left = 75;
        space_left_action = "SYSLOG";
        admin_space_left = 50;
        admin_space_left_action = "SUSPEND";
        disk_full_action = "SUSPEND";
        disk_error_action = "SUSPEND";
        plugin_dir = "/etc/audit/plugins.d";
      };
      environment.etc."audit/auditd.conf" = {
        mode = "0640";
        text = lib.concatStrings (
          lib.mapAttrsToList (
            name: value:
            lib.optionalString (value != null) "${name} = ${if builtins.isBool value then lib.boolToYesNo value else toString value}\n"
          ) config.security.auditd.settings
        );
      };
      image.root.files."/etc/audit/plugins.d" = {
        kind = "directory";
        mode = "0750";
      };
      systemd.services.auditd = {
        description = "Writes records of the kernel's audit";
        wantedBy = [ "multi-user.target" ];
        after = [
          "local-fs.target"
          "systemd-tmpfiles-setup.service"
          "audit-rules.service"
        ];
        unitConfig.ConditionVirtualization = "!container";
        serviceConfig = {
          Type = "forking";
          PIDFile = "/run/auditd.pid";
          ExecStart = "/usr/sbin/auditd";
          LogsDirectory = "audit";
          LogsDirectoryMode = "0700";
          Restart = "on-failure";
          RestartPreventExitStatus = "2 4 6";
          LockPersonality = true;
          MemoryDenyWriteExecute = true;
          ProtectControlGroups = true;
          ProtectKernelModules = true;
          RestrictRealtime = true;
        };
      };
    })
  ];
}

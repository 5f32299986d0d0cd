# cron, for those who have crontabs. Timers of systemd need nothing further.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.cron;
in
{
  options.services.cron = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether cron runs.";
    };
    mailto = mkOption {
      type = types.nullOr (types.strMatching "[^\"\n]*");
      default = null;
      description = "Who gets the output by mail.";
    };
    systemCronJobs = mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      example = [ "* * * * * nobody true" ];
      description = "Lines of the system's crontab, with the user in the sixth field.";
    };
    cronFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files joined to the system's crontab.";
    };
  };

  config = lib.mkIf (cfg.enable || cfg.systemCronJobs != [ ]) {
    image.debianPackages = [ "cron" ];
    environment.etc.crontab.text =
      "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin\n"
      + lib.optionalString (cfg.mailto != null) "MAILTO=\"${cfg.mailto}\"\n"
      + lib.concatMapStrings (job: "${job}\n") cfg.systemCronJobs
      + lib.concatMapStrings builtins.readFile cfg.cronFiles;
    image.root.files."/etc/cron.d".kind = "directory";
    security.pam.services.cron = { };
    systemd.services.cron = {
      description = "Regular jobs";
      wantedBy = [ "multi-user.target" ];
      after = [ "nss-user-lookup.target" ];
      serviceConfig = {
        ExecStart = "/usr/sbin/cron -f";
        IgnoreSIGPIPE = false;
        KillMode = "process";
        Restart = "on-failure";
      };
    };
  };
}

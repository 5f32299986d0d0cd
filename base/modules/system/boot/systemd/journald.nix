# The journal: kept on the state partition, bounded.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.journald;
in
{

  options.services.journald = {
    console = mkOption {
      type = types.singleLineStr;
      default = "";
      description = "Terminal that messages are written to as well.";
    };
    rateLimitInterval = mkOption {
      type = types.singleLineStr;
      default = "30s";
      description = "Interval of the rate limit.";
    };
    rateLimitBurst = mkOption {
      type = types.int;
      default = 10000;
      description = "Messages of one service within the interval.";
    };
    storage = mkOption {
      type = types.enum [
        "persistent"
        "volatile"
        "auto"
        "none"
      ];
      default = "persistent";
      description = "Where the journal is kept.";
    };
    audit = mkOption {
      type = types.nullOr (types.either types.bool (types.enum [ "keep" ]));
      default = null;
      description = "Whether kernel auditing is switched on.";
    };
    forwardToSyslog = mkOption {
      type = types.bool;
      default = config.services.rsyslogd.enable or false;
      description = "Whether messages go to a syslog daemon.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "SystemMaxUse=1G";
      description = "Further lines of the section [Journal].";
    };
  };

  config.environment.etc."systemd/journald.conf".text = ''
    [Journal]
    Storage=${cfg.storage}
    SystemMaxUse=256M
    RateLimitInterval=${cfg.rateLimitInterval}
    RateLimitBurst=${toString cfg.rateLimitBurst}
    ForwardToSyslog=${lib.boolToString cfg.forwardToSyslog}
  ''
  + lib.optionalString (cfg.console != "") ''
    ForwardToConsole=yes
    TTYPath=${cfg.console}
  ''
  + lib.optionalString (cfg.audit != null) "Audit=${
    if builtins.isBool cfg.audit then lib.boolToString cfg.audit else cfg.audit
  }\n"
  + cfg.extraConfig;
}

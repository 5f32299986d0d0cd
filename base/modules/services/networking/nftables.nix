# Tables of nftables, loaded in one step before the network comes up.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.nftables;

  tableText = table: ''
    table ${table.family} ${table.name} {
    ${table.content}
    }
  '';
  tables = builtins.filter (table: table.enable) (builtins.attrValues cfg.tables);
in
{
  options.networking.nftables = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether tables are loaded.";
    };
    ruleset = mkOption {
      type = types.lines;
      default = "";
      description = "Tables as nftables(8) reads them.";
    };
    rulesetFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File with further tables.";
    };
    checkRuleset = mkOption {
      type = types.bool;
      default = true;
      description = "Whether nft and the kernel check the rules while the image is built.";
    };
    flushRuleset = mkOption {
      type = types.bool;
      default = true;
      description = "Whether all other tables are removed at first.";
    };
    extraDeletions = mkOption {
      type = types.lines;
      default = "";
      description = "Commands that remove tables at first.";
    };
    preCheckRuleset = mkOption {
      type = types.lines;
      default = "";
      example = "sed 's/skuid alice/skuid nobody/g' -i ruleset.conf";
      description = "Shell commands that change the rules, which are in `ruleset.conf`, before they are checked.";
    };
    tables = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              enable = mkOption {
                type = types.bool;
                default = true;
                description = "Whether the table is loaded.";
              };
              name = mkOption {
                type = types.str;
                default = name;
                description = "Name of the table.";
              };
              family = mkOption {
                type = types.enum [
                  "ip"
                  "ip6"
                  "inet"
                  "arp"
                  "bridge"
                  "netdev"
                ];
                description = "Family of the table.";
              };
              content = mkOption {
                type = types.lines;
                description = "Content of the table.";
              };
            };
          }
        )
      );
      default = { };
      description = "Tables by name.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "nftables" ];
    environment.etc."nftables.conf" = {
      mode = "0600";
      text =
        lib.optionalString cfg.flushRuleset "flush ruleset\n"
        + cfg.extraDeletions
        + cfg.ruleset
        + lib.concatMapStrings tableText tables
        + lib.optionalString (cfg.rulesetFile != null) (builtins.readFile cfg.rulesetFile);
    };
    # Fails closed: nothing that configures the network starts before the tables are loaded, or at all when they are not.
    # Consoles work without it.
    systemd.services.systemd-networkd = lib.mkIf config.systemd.network.enable {
      overrideStrategy = "asDropin";
      requires = [ "nftables.service" ];
      after = [ "nftables.service" ];
    };
    systemd.services.nftables = {
      description = "Packet filter";
      wantedBy = [ "sysinit.target" ];
      before = [
        "network-pre.target"
        "shutdown.target"
      ];
      wants = [ "network-pre.target" ];
      # What it loads is announced there, and then has its settings (`boot.kernel.sysctl`).
      after = [ "systemd-udevd-kernel.socket" ];
      conflicts = [ "shutdown.target" ];
      unitConfig.DefaultDependencies = false;
      aliases = [ "firewall.service" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ProtectSystem = "full";
        ProtectHome = true;
        ExecStart = "/usr/sbin/nft -f /etc/nftables.conf";
        ExecReload = "/usr/sbin/nft -f /etc/nftables.conf";
        ExecStop = "/usr/sbin/nft flush ruleset";
      };
    };
  };
}

# The checks of the base's own files: which program reads what, and how it is asked. A file that the configuration does
# not make has no check.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  generated = config.image.root.files;
  present = builtins.filter (path: generated ? ${path});
  below = folders: builtins.filter (path: lib.any (folder: lib.hasPrefix folder path) folders) (builtins.attrNames generated);

  isShellScript =
    path:
    let
      text = generated.${path}.text or "";
    in
    lib.any (line: lib.hasPrefix line text) [
      "#!/usr/bin/bash"
      "#!/usr/bin/sh"
      "#!/bin/bash"
      "#!/bin/sh"
    ];
  strictScripts = lib.concatLists (
    lib.mapAttrsToList (
      name: service:
      lib.optionals (service.enable && (service.enableStrictShellChecks || config.systemd.enableStrictShellChecks)) (
        present (
          map (step: "/usr/lib/hardpan/units/${name}-${step}") [
            "pre-start"
            "start"
            "post-start"
            "reload"
            "pre-stop"
            "post-stop"
          ]
        )
      )
    ) config.systemd.services
  );

  hasService = name: config.services.${name}.enable;

  # NixOS's option works on a file of this name.
  before =
    script:
    lib.optionalString (script != "") ''
      cp etc/nftables.conf ruleset.conf
      ${script}
      cp ruleset.conf etc/nftables.conf
    '';
in
{
  options.systemd.enableStrictShellChecks = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = "Whether shellcheck looks at the scripts of all services.";
  };

  config.image.checks = {
    fail2ban = {
      files = lib.optionals (hasService "fail2ban") (below [ "/etc/fail2ban/" ]);
      packages = [ "fail2ban" ];
      command = ''
        cp -rn /etc/fail2ban/. etc/fail2ban/
        fail2ban-client -c "$root/etc/fail2ban" --test > "$said" 2>&1 || { cat "$said"; false; }
      '';
      options = [ "services.fail2ban.jails" "services.fail2ban.daemonSettings" ];
    };
    caddy = {
      files = present [ "/etc/caddy/Caddyfile" ];
      packages = [ "caddy" ];
      command = "HOME=$NIX_BUILD_TOP caddy adapt --config $root/etc/caddy/Caddyfile --adapter ${config.services.caddy.adapter} > /dev/null";
      options = [
        "services.caddy.virtualHosts"
        "services.caddy.extraConfig"
        "services.caddy.globalConfig"
        "services.caddy.configFile"
      ];
    };
    chrony = {
      files = present [ "/etc/chrony/chrony.conf" ];
      packages = [ "chrony" ];
      command = "chronyd -U -p -f $root/etc/chrony/chrony.conf > /dev/null";
      options = [
        "services.chrony.extraConfig"
        "services.chrony.servers"
      ];
    };
    cron = {
      files = present [ "/etc/crontab" ];
      packages = [ "cron" ];
      # The sixth field of the system's table is the user.
      command = ''
        sed -E '/^[[:space:]]*[A-Za-z_]+[[:space:]]*=/b; s/^(([^[:space:]]+[[:space:]]+){5}|@[a-z]+[[:space:]]+)[^[:space:]]+[[:space:]]/\1/' etc/crontab > table
        on_machine bash -c 'mount -t tmpfs none /var && mkdir -p /var/spool/cron/crontabs && crontab -n table'
      '';
      options = [
        "services.cron.systemCronJobs"
        "services.cron.cronFiles"
      ];
    };
    logrotate = {
      enable = lib.mkIf (!config.services.logrotate.checkConfig) false;
      files = present [ "/etc/logrotate.conf" ];
      packages = [ "logrotate" ];
      command = ''
        # Nobody can be switched to here.
        sed -E -i '/^[[:space:]]*su[[:space:]]/d' etc/logrotate.conf
        on_machine logrotate --debug --state state "$root/etc/logrotate.conf" > "$said" 2>&1
        refuse_lines '^error:'
      '';
      options = [ "services.logrotate.settings" ];
      switch = "services.logrotate.checkConfig";
    };
    mariadb = {
      files = present [ "/etc/mysql/my.cnf" ];
      packages = [ "mariadb-server" ];
      command = ''
        mariadbd --defaults-file="$root/etc/mysql/my.cnf" --verbose --help > "$said" 2>&1
        refuse_lines '\[ERROR\]'
      '';
      options = [ "services.mysql.settings" ];
    };
    nftables = {
      enable = lib.mkIf (!config.networking.nftables.checkRuleset) false;
      files = present [ "/etc/nftables.conf" ];
      command = before config.networking.nftables.preCheckRuleset + builtins.readFile ./nftables.sh;
      options = [
        "networking.firewall.extraInputRules"
        "networking.firewall.extraForwardRules"
        "networking.firewall.extraReversePathFilterRules"
        "networking.firewall.pingLimit"
        "networking.nftables.ruleset"
        "networking.nftables.rulesetFile"
        "networking.nftables.tables"
        "networking.nftables.extraDeletions"
      ];
      switch = "networking.nftables.checkRuleset";
    };
    nginx = {
      enable = lib.mkIf (!config.services.nginx.validateConfigFile) false;
      files = present [ "/etc/nginx/nginx.conf" ];
      packages = [
        "nginx"
        "openssl"
      ]
      ++ lib.concatMap (module: module.debianPackages) config.services.nginx.additionalModules;
      command = builtins.readFile ./nginx.sh;
      readsStore = true;
      options = [
        "services.nginx.virtualHosts"
        "services.nginx.config"
        "services.nginx.appendConfig"
        "services.nginx.prependConfig"
        "services.nginx.httpConfig"
        "services.nginx.commonHttpConfig"
        "services.nginx.appendHttpConfig"
        "services.nginx.streamConfig"
        "services.nginx.eventsConfig"
        "services.nginx.upstreams"
      ];
      switch = "services.nginx.validateConfigFile";
    };
    postgresql = {
      enable = lib.mkIf (!config.services.postgresql.checkConfig) false;
      files = present [
        "/etc/postgresql/postgresql.conf"
        "/etc/postgresql/pg_hba.conf"
      ];
      packages = builtins.filter (lib.hasPrefix "postgresql-") config.image.debianPackages;
      command = ''
        server=$(echo /usr/lib/postgresql/*)
        mkdir --mode=0700 cluster
        echo "''${server##*/}" > cluster/PG_VERSION
        "$server/bin/postgres" -D cluster -c config_file="$root/etc/postgresql/postgresql.conf" -C config_file > "$said" 2>&1 ||
          { cat "$said"; false; }
      '';
      options = [ "services.postgresql.settings" ];
      switch = "services.postgresql.checkConfig";
    };
    prometheus = {
      enable = lib.mkIf (config.services.prometheus.checkConfig == false) false;
      files = present [
        "/etc/prometheus/prometheus.yml"
        "/etc/prometheus/rules.yml"
      ];
      packages = [ "prometheus" ];
      command = ''
        sed -i 's|"/etc/prometheus/rules.yml"|"rules.yml"|' etc/prometheus/prometheus.yml
        promtool check config ${
          lib.optionalString (config.services.prometheus.checkConfig == "syntax-only") "--syntax-only "
        }"$root/etc/prometheus/prometheus.yml" > "$said" 2>&1 || { cat "$said"; false; }
      '';
      readsStore = true;
      options = [
        "services.prometheus.scrapeConfigs"
        "services.prometheus.rules"
        "services.prometheus.ruleFiles"
        "services.prometheus.globalConfig"
        "services.prometheus.remoteWrite"
        "services.prometheus.remoteRead"
        "services.prometheus.alertmanagers"
      ];
      switch = "services.prometheus.checkConfig";
    };
    scripts = {
      files = builtins.filter isShellScript (builtins.attrNames generated);
      texts = pkgs.hardpan.shellScripts config.image.mentioned;
      command = ''
        shopt -s globstar
        failed=0
        for script in "$root"/**; do [ ! -f "$script" ] || bash -n "$script" || failed=1; done
        exit "$failed"
      '';
      options = [
        "systemd.services"
        "environment.systemPackages"
      ];
    };
    shellcheck = {
      files = strictScripts;
      packages = [ "shellcheck" ];
      command = "shellcheck --shell=bash --color=never $root/usr/lib/hardpan/units/*";
      options = [ "systemd.services" ];
    };
    sshd = {
      files = present [ "/etc/ssh/sshd_config" ];
      command = "sshd -G -f $root/etc/ssh/sshd_config > /dev/null";
      options = [
        "services.openssh.settings"
        "services.openssh.extraConfig"
        "services.openssh.listenAddresses"
      ];
    };
    sudoers = {
      files = present [ "/etc/sudoers" ];
      command = ''
        visudo --check --file="$root/etc/sudoers" > "$said" 2>&1 || { grep --invert-match sudo.conf "$said"; false; }
      '';
      options = [
        "security.sudo.extraConfig"
        "security.sudo.extraRules"
        "security.sudo.configFile"
      ];
    };
    tmpfiles = {
      files = builtins.filter (path: generated.${path} ? text) (below [
        "/etc/tmpfiles.d/"
        "/usr/lib/tmpfiles.d/"
      ]);
      command = builtins.readFile ./tmpfiles.sh;
      options = [
        "systemd.tmpfiles.rules"
        "systemd.tmpfiles.settings"
      ];
    };
    udev = {
      files = present [ "/etc/udev/rules.d/99-local.rules" ];
      packages = [ "udev" ];
      command = "on_machine udevadm verify --no-style --no-summary $root/etc/udev/rules.d/99-local.rules";
      options = [ "services.udev.extraRules" ];
    };
    units = {
      files = below [
        "/etc/systemd/system/"
        "/usr/lib/systemd/system/"
      ];
      command = builtins.readFile ./units.sh;
      options = [
        "systemd.services"
        "systemd.timers"
        "systemd.sockets"
        "systemd.paths"
        "systemd.targets"
        "systemd.slices"
        "systemd.mounts"
        "systemd.automounts"
        "systemd.units"
      ];
    };
  };
}

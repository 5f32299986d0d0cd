# Hostile values, and what each writer makes of each: { <value> = { <file> = text or null where it is refused; }; }.
{ hardpan }:
let
  inherit (hardpan) lib;

  utils = import "${hardpan}/modules/utils.nix" {
    inherit lib;
    config = { };
    pkgs = { };
  };

  values = {
    blanks = "a  b	c";
    ends = "  a b ";
    quotes = "a \"b\" 'c'";
    quote = "a\"b";
    number = "a #b#";
    percent = "100% %n %%";
    dollar = "$5 a$b \${c}";
    backslash = "a\\b\\\\c\\n \\x41\\";
    lines = "a\nb=c\n#d";
    letters = "äß€ 日本";
    words = "x; false | `id` $(id) & <y> *";
    brackets = "[a] ]b[";
    equals = "a=b,c:d (e) !f";
    dash = "-";
    empty = "";
  };

  # How a percent sign is said where specifiers have a meaning, and a text between double quotes of a shell.
  noSpecifiers = lib.replaceStrings [ "%" ] [ "%%" ];
  betweenQuotes = lib.escape [
    "\\"
    "\""
    "$"
    "`"
  ];

  # A backslash says that a word is written for sudo, so it is.
  forSudo =
    value:
    if lib.hasInfix "\\" value then
      lib.escape [
        "\\"
        " "
        ","
        ":"
        "="
      ] value
    else
      value;

  machine = value: {
    networking.hostName = "m";
    system.stateVersion = "25.11";
    systemd.tmpfiles.settings.hostile = {
      "/h/file".f.argument = noSpecifiers value;
      "/h/path/${noSpecifiers value}".d = { };
    };
    systemd.services.hostile = {
      environment = {
        V = noSpecifiers value;
        W = "end";
      };
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "/usr/bin/true ${utils.escapeSystemdExecArg value}";
      };
    };
    environment.sessionVariables.V = betweenQuotes value;
    environment.shellAliases.hostile = "printf %s ${lib.escapeShellArg value}";
    security.sudo.extraRules = [
      {
        users = [ "u${forSudo value}" ];
        commands = [ "/usr/bin/echo ${forSudo value}" ];
      }
    ];
    fileSystems."/m${value}x" = {
      device = "/d${value}x";
      fsType = "ext4";
      options = [ "o${value}x" ];
    };
    system.nixos.extraOSReleaseArgs.V = value;
    networking.hosts."192.0.2.7" = [ "n${value}" ];
    security.pam.services.hostile.rules.session.hostile = {
      control = "optional";
      modulePath = "pam_exec.so";
      order = 5000;
      args = [
        "/usr/bin/bash"
        "/write"
        "argument"
        value
      ];
    };
    security.pam.services.variable.rules.session.variable = {
      control = "optional";
      modulePath = "pam_exec.so";
      order = 5001;
      args = [
        "/usr/bin/bash"
        "/variable"
      ];
    };
    security.pam.loginLimits = [
      {
        domain = "d${value}";
        item = "nofile";
        value = 1;
      }
    ];
    boot.kernel.sysctl."kernel.v" = value;
    boot.blacklistedKernelModules = [ "m${value}" ];
    systemd.network.networks.hostile.networkConfig.Description = value;
    services.logind.settings.Login.V = value;
    services.cron.systemCronJobs = [ "@daily root ${value}" ];
    users.users.u.description = value;
  };

  etc = name: config: config.environment.etc.${name}.text;
  root = name: config: config.image.root.files.${name}.text;
  files = {
    "etc/tmpfiles.d/hostile.conf" = etc "tmpfiles.d/hostile.conf";
    "etc/systemd/system/hostile.service" = root "/etc/systemd/system/hostile.service";
    "etc/pam/environment" = etc "pam/environment";
    "etc/set-environment" = etc "set-environment";
    "etc/profile.d/50-interactive.sh" = etc "profile.d/50-interactive.sh";
    "etc/bash.bashrc" = etc "bash.bashrc";
    "etc/profile" = etc "profile";
    "etc/sudoers" = etc "sudoers";
    "etc/fstab" = etc "fstab";
    "etc/os-release" = root "/usr/lib/os-release";
    "etc/hosts" = etc "hosts";
    "etc/pam.d/hostile" = etc "pam.d/hostile";
    "etc/pam.d/variable" = etc "pam.d/variable";
    "limits" = etc "security/limits.d/10-nixos.conf";
    "sysctl" = etc "sysctl.d/60-nixos.conf";
    "modprobe" = etc "modprobe.d/blacklist.conf";
    "network" = etc "systemd/network/hostile.network";
    "logind" = etc "systemd/logind.conf";
    "crontab" = etc "crontab";
    "account" = config: config.users.users.u.description;
  };

  written =
    value:
    let
      inherit (lib.nixosSystem { system = "x86_64-linux"; modules = [ (machine value) ]; }) config;
      textOf =
        read:
        let
          tried = builtins.tryEval (read config);
        in
        if tried.success then tried.value else null;
    in
    {
      inherit value;
      files = builtins.mapAttrs (_: textOf) files // {
        unit-name = utils.escapeSystemdPath "/p${value}x";
      };
    };
in
builtins.mapAttrs (_: written) values

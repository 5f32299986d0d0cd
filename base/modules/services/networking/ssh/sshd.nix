# The ssh server. Its host keys are made when the machine first boots and stay on the state partition; who may log in
# is part of the image.
{
  config,
  lib,
  ...
}:
let
  cfg = config.services.openssh;
  keys = import ./authorized-keys.nix { inherit lib; };

  text =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else if builtins.isList value then
      lib.concatStringsSep "," value
    else
      toString value;

  spaced = [
    "AllowUsers"
    "AllowGroups"
    "DenyUsers"
    "DenyGroups"
    "AcceptEnv"
    "AuthenticationMethods"
  ];

  line =
    name: value:
    lib.optionalString (value != null && value != [ ]) "${name} ${
      if builtins.isList value && builtins.elem name spaced then lib.concatStringsSep " " value else text value
    }\n";

  settingsText = lib.concatStrings (lib.mapAttrsToList line cfg.settings);

  configText =
    lib.concatMapStrings (port: "Port ${toString port}\n") cfg.ports
    + lib.concatMapStrings (
      listen:
      "ListenAddress ${
        if listen.port == null then
          listen.addr
        else if lib.hasInfix ":" listen.addr && !lib.hasPrefix "[" listen.addr then
          "[${listen.addr}]:${toString listen.port}"
        else
          "${listen.addr}:${toString listen.port}"
      }\n"
    ) cfg.listenAddresses
    + lib.concatMapStrings (key: "HostKey ${key.path}\n") cfg.hostKeys
    + settingsText
    + "AuthorizedKeysFile ${lib.concatStringsSep " " cfg.authorizedKeysFiles}\n"
    + lib.optionalString (cfg.authorizedKeysCommand != "none") ''
      AuthorizedKeysCommand ${cfg.authorizedKeysCommand}
      AuthorizedKeysCommandUser ${cfg.authorizedKeysCommandUser}
    ''
    + lib.optionalString cfg.allowSFTP "Subsystem sftp ${
      lib.concatStringsSep " " ([ cfg.sftpServerExecutable ] ++ cfg.sftpFlags)
    }\n"
    + lib.optionalString (cfg.banner != null) "Banner /etc/ssh/banner\n"
    + cfg.extraConfig;

  keyCommand =
    key:
    lib.concatStringsSep " " (
      [
        "/usr/bin/ssh-keygen -q -t ${key.type}"
      ]
      ++ lib.optional (key.bits != null) "-b ${toString key.bits}"
      ++ lib.optional (key.rounds != null) "-a ${toString key.rounds}"
      ++ [
        "-C \"\" -N \"\" -f ${key.path}"
      ]
    );

  # Each key has a unit of its own, which waits for nothing but the state partition.
  keyServices = lib.listToAttrs (
    lib.imap0 (
      index: key:
      lib.nameValuePair (if index == 0 then "sshd-keygen" else "sshd-keygen-${toString index}") {
        description = "Make the ssh host key ${key.path}";
        wantedBy = [ "sshd.service" ];
        before = [
          "sshd.service"
          "shutdown.target"
        ];
        conflicts = [ "shutdown.target" ];
        unitConfig = {
          DefaultDependencies = false;
          ConditionFileNotEmpty = "!${key.path}";
          RequiresMountsFor = builtins.dirOf key.path;
        };
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          StateDirectory = lib.mkIf (lib.hasPrefix "/var/lib/ssh/" key.path) "ssh";
          StateDirectoryMode = "0700";
          UMask = "0077";
          # What an interrupted first boot has left is in the way.
          ExecStart = [
            "/usr/bin/rm -f ${key.path} ${key.path}.pub"
            (keyCommand key)
            "/usr/bin/sync ${key.path} ${key.path}.pub"
          ];
        };
      }
    ) cfg.hostKeys
  );

  sshUsers = lib.filterAttrs (_: user: user.enable) config.users.users;
  withKeys = lib.filterAttrs (
    _: user: user.openssh.authorizedKeys.keys != [ ] || user.openssh.authorizedKeys.keyFiles != [ ]
  ) sshUsers;

  keysText =
    user:
    lib.concatMapStrings (key: "${key}\n") user.openssh.authorizedKeys.keys
    + lib.concatMapStrings (file: "${lib.trim (builtins.readFile file)}\n") user.openssh.authorizedKeys.keyFiles;

in
{
  imports = [
    ./login.nix
    ./sshd-options.nix
    ./spelling.nix
  ];

  config = lib.mkMerge [
    {
      warnings = lib.concatLists (
        lib.mapAttrsToList (
          name: user: keys.warnings "users.users.${name}.openssh.authorizedKeys.keys" user.openssh.authorizedKeys
        ) withKeys
      );
    }
    (lib.mkIf cfg.enable {
      image.debianPackages = [ "openssh-server" ];
      image.root.keepEtc = [ "ssh/moduli" ];
      image.root.maskUnits = [ "ssh.socket" ];

      networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall cfg.ports;
      security.pam.services.sshd = {
        startSession = true;
        showMotd = true;
        unixAuth = cfg.settings.PasswordAuthentication == true;
      };

      services.openssh.authorizedKeysFiles =
        lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys" ++ [ "/etc/ssh/authorized_keys.d/%u" ];

      environment.etc =
        {
          "ssh/sshd_config" = {
            mode = "0600";
            text = configText;
          };
          "ssh/banner" = lib.mkIf (cfg.banner != null) { text = cfg.banner; };
          "ssh/moduli" = lib.mkIf (cfg.moduliFile != null) { source = cfg.moduliFile; };
        }
        // lib.mapAttrs' (
          _: user: lib.nameValuePair "ssh/authorized_keys.d/${user.name}" { text = keysText user; }
        ) withKeys;

      systemd.services = {
        sshd = {
          description = "OpenSSH server";
          documentation = [ "man:sshd(8)" ];
          wantedBy = [ "multi-user.target" ];
          after = [
            "network.target"
            "nss-user-lookup.target"
          ];
          aliases = [ "ssh.service" ];
          unitConfig.RequiresMountsFor = map (key: builtins.dirOf key.path) cfg.hostKeys;
          serviceConfig = {
            Type = "notify";
            ExecStart = "/usr/sbin/sshd -D";
            ExecReload = "/usr/bin/kill -HUP $MAINPID";
            KillMode = "process";
            Restart = "on-failure";
            RestartSec = "1s";
            RestartPreventExitStatus = 255;
            RuntimeDirectory = "sshd";
            RuntimeDirectoryMode = "0755";
          };
        };
      }
      // lib.optionalAttrs cfg.generateHostKeys keyServices;
    })
  ];
}

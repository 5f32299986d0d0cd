# containerd as a service.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.containerd;

  # The part of TOML that settings of containerd use.
  quote = builtins.toJSON;
  key = name: if builtins.match "[A-Za-z0-9_-]+" name != null then name else quote name;
  scalar =
    value:
    if builtins.isList value then
      "[${lib.concatMapStringsSep ", " scalar value}]"
    else if builtins.isString value || builtins.isPath value then
      quote "${value}"
    else if builtins.isBool value then
      lib.boolToString value
    else
      toString value;
  table =
    path: value:
    let
      present = lib.filterAttrs (_: entry: entry != null) value;
      plain = lib.filterAttrs (_: entry: !builtins.isAttrs entry || lib.isDerivation entry) present;
      nested = lib.filterAttrs (_: entry: builtins.isAttrs entry && !lib.isDerivation entry) present;
    in
    lib.optionalString (path != [ ] && plain != { }) "\n[${lib.concatMapStringsSep "." key path}]\n"
    + lib.concatStrings (lib.mapAttrsToList (name: entry: "${key name} = ${scalar entry}\n") plain)
    + lib.concatStrings (lib.mapAttrsToList (name: entry: table (path ++ [ name ]) entry) nested);
in
{
  options.virtualisation.containerd = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether containerd runs.";
    };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File with the settings, instead of `settings`.";
    };
    settings = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      description = "Settings as in containerd-config.toml(5).";
    };
    args = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.int types.bool ]));
      default = { };
      description = "Arguments of the command line.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.containerd ];
    boot.kernelModules = [
      "overlay"
      "br_netfilter"
    ];
    virtualisation.containerd.settings = {
      version = lib.mkDefault 2;
      plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc = {
        runtime_type = lib.mkDefault "io.containerd.runc.v2";
        options.SystemdCgroup = lib.mkDefault true;
      };
    };
    environment.etc."containerd/config.toml" =
      if cfg.configFile != null then { source = cfg.configFile; } else { text = table [ ] cfg.settings; };

    systemd.services.containerd = {
      description = "Container runtime";
      wantedBy = [ "multi-user.target" ];
      after = [
        "network.target"
        "local-fs.target"
        "dbus.service"
      ];
      serviceConfig = {
        Type = "notify";
        ExecStart = lib.concatStringsSep " " (
          [ "/usr/bin/containerd" ]
          ++ lib.concatLists (
            lib.mapAttrsToList (
              name: value:
              if value == null || value == false then
                [ ]
              else if value == true then
                [ "--${name}" ]
              else
                [ "--${name}=${toString value}" ]
            ) cfg.args
          )
        );
        Delegate = true;
        KillMode = "process";
        Restart = "always";
        RestartSec = 5;
        LimitNPROC = "infinity";
        LimitCORE = "infinity";
        LimitNOFILE = "infinity";
        TasksMax = "infinity";
        OOMScoreAdjust = -999;
        StateDirectory = "containerd";
        RuntimeDirectory = "containerd";
        RuntimeDirectoryPreserve = true;
      };
      unitConfig = {
        StartLimitBurst = 16;
        StartLimitIntervalSec = 120;
      };
    };
    # Interfaces of containers are configured by plugins that are read and cached below /etc.
    image.state.directories."/etc/cni/net.d" = { };
  };
}

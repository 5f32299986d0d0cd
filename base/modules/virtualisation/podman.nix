# Podman: containers without a daemon.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.podman;
  containers = config.virtualisation.containers;

  # Settings are few and flat: a table of scalars and lists for each section.
  quote = builtins.toJSON;
  scalar =
    value:
    if builtins.isList value then
      "[${lib.concatMapStringsSep ", " scalar value}]"
    else if builtins.isString value then
      quote value
    else if builtins.isBool value then
      lib.boolToString value
    else
      toString value;
  toml =
    settings:
    lib.concatStrings (
      lib.mapAttrsToList (
        section: values:
        "[${section}]\n" + lib.concatStrings (lib.mapAttrsToList (key: value: "${key} = ${scalar value}\n") values)
      ) settings
    );
in
{
  options.virtualisation = {
    podman = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether Podman is there.";
      };
      package = mkOption {
        type = types.raw;
        default = null;
        visible = false;
        description = "Accepted; the program is Debian's.";
      };
      dockerCompat = mkOption {
        type = types.bool;
        default = false;
        description = "Whether `docker` means podman.";
      };
      dockerSocket.enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether Docker's socket is Podman's.";
      };
      extraPackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        description = "Packages whose programs Podman uses.";
      };
      defaultNetwork.settings = mkOption {
        type = types.attrsOf types.anything;
        default = { };
        description = "Settings of the usual network.";
      };
      autoPrune = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether what is not used is deleted.";
        };
        flags = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Arguments of podman system prune.";
        };
        dates = mkOption {
          type = types.str;
          default = "weekly";
          description = "When.";
        };
      };
    };
    containers = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the common settings of containers are there.";
      };
      registries = {
        search = mkOption {
          type = types.listOf types.str;
          default = [
            "docker.io"
            "quay.io"
          ];
          description = "Where short names are looked for.";
        };
        insecure = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Registries without TLS.";
        };
        block = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Registries that are not used.";
        };
      };
      policy = mkOption {
        type = types.attrsOf types.anything;
        default = {
          default = [ { type = "insecureAcceptAnything"; } ];
        };
        description = "Which images are trusted.";
      };
      containersConf.settings = mkOption {
        type = types.attrsOf (types.attrsOf types.anything);
        default = { };
        description = "Settings of containers.conf.";
      };
      storage.settings = mkOption {
        type = types.attrsOf (types.attrsOf types.anything);
        default = { };
        description = "Settings of storage.conf.";
      };
    };
  };

  config = lib.mkMerge [
    # Users run containers, too: that is what it is chosen for.
    (lib.mkIf cfg.enable { security.unprivilegedUsernsClone = lib.mkDefault true; })
    (lib.mkIf (cfg.enable || containers.enable) {
      virtualisation.containers.storage.settings.storage = {
        driver = lib.mkDefault "overlay";
        graphroot = lib.mkDefault "/var/lib/containers/storage";
        runroot = lib.mkDefault "/run/containers/storage";
      };
      environment.etc = {
        "containers/registries.conf".text =
          "unqualified-search-registries = ${scalar containers.registries.search}\n"
          + lib.concatMapStrings (
            location: "[[registry]]\nlocation = ${quote location}\ninsecure = true\n"
          ) containers.registries.insecure
          + lib.concatMapStrings (
            location: "[[registry]]\nlocation = ${quote location}\nblocked = true\n"
          ) containers.registries.block;
        "containers/policy.json".text = builtins.toJSON containers.policy;
        "containers/containers.conf".text = toml containers.containersConf.settings;
        "containers/storage.conf".text = toml containers.storage.settings;
      };
    })
    (lib.mkIf cfg.enable {
      image.debianPackages = [
        "podman"
        "crun"
        "netavark"
        "aardvark-dns"
        "uidmap"
      ]
      ++ lib.optional cfg.dockerCompat "podman-docker";
      # They give users that are not root ranges of ids.
      image.root.permissions =
        map
          (program: {
            path = "/usr/bin/${program}";
            mode = "4755";
            user = "root";
          })
          [
            "newuidmap"
            "newgidmap"
          ];
      environment.systemPackages = cfg.extraPackages;
      boot.kernelModules = [ "overlay" ];
      image.root.enableUnits = lib.optional cfg.dockerSocket.enable "podman.socket";
      systemd.tmpfiles.rules = lib.optional cfg.dockerSocket.enable "L+ /run/docker.sock - - - - /run/podman/podman.sock";
      systemd.services.podman-prune = lib.mkIf cfg.autoPrune.enable {
        description = "Delete what Podman no longer uses";
        startAt = cfg.autoPrune.dates;
        serviceConfig = {
          Type = "oneshot";
          ExecStart = "/usr/bin/podman system prune -f ${lib.concatStringsSep " " cfg.autoPrune.flags}";
        };
      };
    })
  ];
}

# Containers as services.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.oci-containers;

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
  set =
    description:
    mkOption {
      type = types.attrsOf types.str;
      default = { };
      inherit description;
    };

  container =
    { name, ... }:
    {
      options = {
        image = mkOption {
          type = types.str;
          description = "The container's image.";
        };
        imageFile = mkOption {
          type = types.nullOr types.package;
          default = null;
          description = "File that holds the image.";
        };
        login = {
          username = maybe "User at the registry.";
          passwordFile = maybe "File with the password.";
          registry = maybe "The registry.";
        };
        cmd = list "Command and arguments.";
        entrypoint = maybe "Program that is started.";
        environment = set "Environment variables.";
        environmentFiles = mkOption {
          type = types.listOf types.path;
          default = [ ];
          description = "Files with environment variables.";
        };
        labels = set "Labels.";
        log-driver = mkOption {
          type = types.str;
          default = "journald";
          description = "Where messages go.";
        };
        ports = list "Ports, as host:container.";
        user = maybe "User in the container.";
        volumes = list "Directories, as host:container.";
        workdir = maybe "Working directory.";
        dependsOn = list "Containers that are started before.";
        hostname = maybe "Name of the container's machine.";
        networks = list "Networks.";
        devices = list "Devices.";
        capabilities = mkOption {
          type = types.attrsOf (types.nullOr types.bool);
          default = { };
          description = "Capabilities that are added or dropped.";
        };
        privileged = mkOption {
          type = types.bool;
          default = false;
          description = "Whether nothing is kept from it.";
        };
        preRunExtraOptions = list "Arguments before `run`.";
        extraOptions = list "Further arguments.";
        autoStart = mkOption {
          type = types.bool;
          default = true;
          description = "Whether it starts when the machine boots.";
        };
        pull = mkOption {
          type = types.str;
          default = "missing";
          description = "When the image is fetched.";
        };
        serviceName = mkOption {
          type = types.str;
          default = "${cfg.backend}-${name}";
          description = "Name of the service.";
        };
      };
    };

  program = "/usr/bin/${cfg.backend}";
  quote = lib.escapeShellArg;
  many = option: values: map (value: "${option} ${quote value}") values;
  one = option: value: lib.optional (value != null) "${option} ${quote value}";
  pairs = option: values: lib.mapAttrsToList (name: value: "${option} ${quote "${name}=${value}"}") values;

  arguments =
    name: container:
    [
      "--name=${quote name}"
      "--log-driver=${container.log-driver}"
      "--pull=${container.pull}"
    ]
    ++ one "--entrypoint" container.entrypoint
    ++ one "--hostname" container.hostname
    ++ one "-u" container.user
    ++ one "-w" container.workdir
    ++ pairs "-e" container.environment
    ++ many "--env-file" (map toString container.environmentFiles)
    ++ pairs "-l" container.labels
    ++ many "-p" container.ports
    ++ many "-v" container.volumes
    ++ many "--network" container.networks
    ++ many "--device" container.devices
    ++ lib.mapAttrsToList (capability: added: "--cap-${if added then "add" else "drop"}=${capability}") (
      lib.filterAttrs (_: added: added != null) container.capabilities
    )
    ++ lib.optional container.privileged "--privileged"
    ++ container.extraOptions;

  serviceOf =
    name: container:
    let
      before = map (other: "${cfg.containers.${other}.serviceName}.service") container.dependsOn;
      daemon = lib.optionals (cfg.backend == "docker") [
        "docker.service"
        "docker.socket"
      ];
    in
    {
      wantedBy = lib.optional container.autoStart "multi-user.target";
      wants = lib.optional (container.imageFile == null) "network-online.target";
      after = daemon ++ before ++ lib.optional (container.imageFile == null) "network-online.target";
      requires = before;
      preStart =
        "${program} rm -f ${quote name} || true\n"
        + lib.optionalString (container.login.username != null && container.login.passwordFile != null) ''
          ${program} login ${quote (toString container.login.registry)} --username ${quote container.login.username} --password-stdin < ${quote container.login.passwordFile}
        ''
        + lib.optionalString (container.imageFile != null) "${program} load -i ${container.imageFile}\n";
      script = ''
        exec ${program} ${lib.concatStringsSep " " container.preRunExtraOptions} run --rm \
          ${lib.concatStringsSep " \\\n  " (arguments name container)} \
          ${quote container.image} ${lib.escapeShellArgs container.cmd}
      '';
      preStop = "${program} stop ${quote name} || true\n";
      postStop = "${program} rm -f ${quote name} || true\n";
      serviceConfig = {
        Restart = lib.mkDefault "always";
        TimeoutStartSec = 0;
        TimeoutStopSec = 120;
      };
    };
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "docker-containers" ] [ "virtualisation" "oci-containers" "containers" ])
  ];

  options.virtualisation.oci-containers = {
    backend = mkOption {
      type = types.enum [
        "podman"
        "docker"
      ];
      default = "podman";
      description = "What runs the containers.";
    };
    containers = mkOption {
      type = types.attrsOf (types.submodule container);
      default = { };
      description = "Containers by name.";
    };
  };

  config = lib.mkIf (cfg.containers != { }) {
    virtualisation.podman.enable = lib.mkIf (cfg.backend == "podman") true;
    virtualisation.docker.enable = lib.mkIf (cfg.backend == "docker") true;
    systemd.network.wait-online.enable = lib.mkDefault true;
    systemd.services = lib.hardpan.distinct (
      service: "Several of virtualisation.oci-containers.containers have the serviceName ${service}. Give each its own."
    ) (lib.mapAttrsToList (name: container: lib.nameValuePair container.serviceName (serviceOf name container)) cfg.containers);
  };
}

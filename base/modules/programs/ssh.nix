# The ssh client's settings for everybody.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.programs.ssh;

  host = types.submodule (
    { name, ... }:
    {
      options = {
        hostNames = mkOption {
          type = types.listOf types.singleLineStr;
          default = [ ];
          description = "Names of the host.";
        };
        extraHostNames = mkOption {
          type = types.listOf types.singleLineStr;
          default = [ ];
          description = "Further names of the host.";
        };
        certAuthority = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the key signs keys of hosts.";
        };
        publicKey = mkOption {
          type = types.nullOr types.singleLineStr;
          default = null;
          description = "The key.";
        };
        publicKeyFile = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "File with the key.";
        };
        names = mkOption {
          type = types.listOf types.singleLineStr;
          internal = true;
          default = [ name ];
          description = "The attribute's name.";
        };
      };
    }
  );

  hostLine =
    host:
    let
      names = (if host.hostNames == [ ] then host.names else host.hostNames) ++ host.extraHostNames;
      key = if host.publicKey != null then host.publicKey else lib.trim (builtins.readFile host.publicKeyFile);
    in
    "${lib.optionalString host.certAuthority "@cert-authority "}${lib.concatStringsSep "," names} ${key}\n";

  words =
    name: list: lib.optionalString (list != null && list != [ ]) "${name} ${lib.concatStringsSep "," list}\n";
  maybeWords =
    description:
    mkOption {
      type = types.nullOr (types.listOf types.singleLineStr);
      default = null;
      inherit description;
    };
in
{
  options.programs.ssh = {
    knownHosts = mkOption {
      type = types.attrsOf host;
      default = { };
      description = "Keys of hosts.";
    };
    knownHostsFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files with keys of hosts.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of ssh_config, before all others.";
    };
    startAgent = mkOption {
      type = types.bool;
      default = false;
      description = "Whether an agent starts with each session.";
    };
    forwardX11 = mkOption {
      type = types.nullOr types.bool;
      default = false;
      description = "Whether X11 is forwarded.";
    };
    setXAuthLocation = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Accepted without effect.";
    };
    hostKeyAlgorithms = maybeWords "Kinds of host keys.";
    pubkeyAcceptedKeyTypes = maybeWords "Kinds of keys that are offered.";
    kexAlgorithms = maybeWords "Key exchanges.";
    ciphers = maybeWords "Ciphers.";
    macs = maybeWords "Message authentication codes.";
  };

  config.environment.etc = {
    "ssh/ssh_config".text =
      cfg.extraConfig
      + "Include /etc/ssh/ssh_config.d/*.conf\n"
      + "Host *\n"
      + lib.optionalString (cfg.forwardX11 != null) "ForwardX11 ${lib.boolToYesNo cfg.forwardX11}\n"
      + "GlobalKnownHostsFile /etc/ssh/ssh_known_hosts ${lib.concatMapStringsSep " " toString cfg.knownHostsFiles}\n"
      + words "HostKeyAlgorithms" cfg.hostKeyAlgorithms
      + words "PubkeyAcceptedAlgorithms" cfg.pubkeyAcceptedKeyTypes
      + words "KexAlgorithms" cfg.kexAlgorithms
      + words "Ciphers" cfg.ciphers
      + words "MACs" cfg.macs;
    "ssh/ssh_known_hosts".text = lib.concatMapStrings hostLine (builtins.attrValues cfg.knownHosts);
  };
}

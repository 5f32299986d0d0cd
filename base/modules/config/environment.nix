# Packages of the system, variables of the environment, what shells read at a login.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.environment;

  # Beside `image.debianPackages`, without which no machine boots.
  core = with pkgs; [
    acl
    attr
    bzip2
    cpio
    curl
    gnupatch
    gnutar
    host
    debian.dpkg
    debian.iputils-ping
    libcap
    mkpasswd
    netcat
    time
    which
    xz
    zstd
  ];

  variables = mkOption {
    type = types.attrsOf (
      types.nullOr (
        types.oneOf [
          types.int
          types.str
          types.path
          (types.listOf (types.either types.int types.str))
        ]
      )
    );
    default = { };
    apply = lib.mapAttrs (
      _: value:
      if value == null then
        null
      else if builtins.isList value then
        lib.concatMapStringsSep ":" toString value
      else
        toString value
    );
    description = "Environment variables; a list is joined by colons.";
  };

  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  writers = import ./session-variables.nix { inherit lib; };
  present = lib.filterAttrs (_: value: value != null);
  exports = set: lib.concatStrings (lib.mapAttrsToList writers.shellLine (present set));

  pamLines = lib.mapAttrs writers.pamLine (present cfg.sessionVariables);
  # Only shells give these, at a login and to what sshd runs through them.
  shellOnly = builtins.attrNames (lib.filterAttrs (_: line: line == null) pamLines);

  misnamed = builtins.filter (name: !(writers.isName name)) (builtins.attrNames (cfg.variables // cfg.sessionVariables));

  aliases = lib.concatStrings (
    lib.mapAttrsToList (
      name: value: lib.optionalString (value != null) "alias -- ${name}=${lib.escapeShellArg value}\n"
    ) cfg.shellAliases
  );

  packages = config.environment.systemPackages;
  others = builtins.filter (package: !utils.isDebian package) packages;
in
{
  options.environment = {
    systemPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose programs everybody has.";
    };
    corePackages = mkOption {
      type = types.listOf types.package;
      default = core;
      defaultText = lib.literalMD "what administrators expect on every machine, such as `curl`, `ping`, `tar` and `which`";
      description = "Packages that administrators expect on every machine, beside the shell and the tools that are always there.";
    };
    defaultPackages = mkOption {
      type = types.listOf types.package;
      default = [
        pkgs.nano
        pkgs.strace
      ];
      defaultText = lib.literalExpression "[ pkgs.nano pkgs.strace ]";
      description = "Further packages that everybody has and few need.";
    };
    pathsToLink = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted; programs, libraries and shared files of packages are all linked.";
    };
    extraOutputsToInstall = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted; Debian's packages are whole.";
    };
    extraSetup = lines "Not supported: packages are linked, not processed.";
    variables = variables;
    sessionVariables = variables;
    profileRelativeEnvVars = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      visible = false;
      description = "Accepted without effect.";
    };
    profiles = mkOption {
      type = types.listOf types.str;
      default = [ "/run/current-system/sw" ];
      description = "Accepted; there is one profile.";
    };
    shells = mkOption {
      type = types.listOf (types.either types.shellPackage types.path);
      default = [ ];
      apply = map utils.toShellPath;
      description = "Further shells that users may log in with.";
    };
    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = {
        l = "ls -alh";
        ll = "ls -l";
        ls = "ls --color=tty";
      };
      description = "Abbreviations of commands.";
    };
    shellInit = lines "What shells run first.";
    loginShellInit = lines "What login shells run first.";
    interactiveShellInit = lines "What interactive shells run first.";
    extraInit = lines "What is run before programs start.";
    homeBinInPath = mkOption {
      type = types.bool;
      default = false;
      description = "Whether ~/bin is searched for programs.";
    };
    localBinInPath = mkOption {
      type = types.bool;
      default = false;
      description = "Whether ~/.local/bin is searched for programs.";
    };
    enableAllTerminfo = mkOption {
      type = types.bool;
      default = false;
      description = "Whether descriptions of unusual terminals are there.";
    };
    ldso = mkOption {
      type = types.nullOr types.path;
      default = null;
      visible = false;
      description = "Accepted; programs find Debian's loader.";
    };
    stub-ld.enable = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Accepted; programs find Debian's loader.";
    };
    noXlibs = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Accepted; nothing of X11 is there unless a package needs it.";
    };
  };

  config = {
    assertions = map (name: {
      assertion = false;
      message = "environment.variables and environment.sessionVariables: ${builtins.toJSON name} is not the name of a variable. Use letters, digits and underscores.";
    }) misnamed;
    warnings = lib.optional (shellOnly != [ ]) "environment.sessionVariables: ${lib.concatStringsSep ", " shellOnly} can only be given by shells: PAM's file has no way to write a number sign, a command, a line break, or a quote beside a blank. What starts without a shell does not have it.";

    environment.systemPackages = cfg.corePackages ++ cfg.defaultPackages;

    image.debianPackages =
      utils.debianPackagesOf packages ++ lib.optional cfg.enableAllTerminfo "ncurses-term";
    image.root.profile = others;
    # Of several the strongest counts.
    image.root.visiblePackages = builtins.mapAttrs (_: lib.foldl' lib.min 1000) (
      builtins.zipAttrsWith (_: priorities: priorities) (
        map (
          package: lib.genAttrs (utils.debianPackagesOf [ package ]) (_: package.meta.priority or 5)
        ) (builtins.filter utils.isDebian packages)
      )
    );
    image.root.files = lib.concatMapAttrs (path: target: { ${path}.target = target; }) (
      lib.foldl' (links: package: links // (package.debianLinks or { })) { } (builtins.filter utils.isDebian packages)
    );

    environment.etc = {
      profile.text = ''
        # Read by login shells.
        [ -n "$HARDPAN_ENVIRONMENT" ] || . /etc/set-environment
        ${cfg.shellInit}${cfg.loginShellInit}
        if [ -d /etc/profile.d ]; then
          for file in /etc/profile.d/*.sh; do
            [ -r "$file" ] && . "$file"
          done
          unset file
        fi
        if [ -n "$BASH" ] && [ -r /etc/bash.bashrc ]; then
          . /etc/bash.bashrc
        fi
      '';
      "set-environment".text =
        ''
          export HARDPAN_ENVIRONMENT=1
          export PATH=${lib.optionalString cfg.homeBinInPath "$HOME/bin:"}${lib.optionalString cfg.localBinInPath "$HOME/.local/bin:"}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
        ''
        + exports cfg.variables
        + cfg.extraInit;
      "profile.d/50-interactive.sh".text = ''
        case $- in
          *i*)
        ${aliases}${cfg.interactiveShellInit}
            ;;
        esac
      '';
      "bash.bashrc".text = ''
        # Read by bash when somebody types into it, and when sshd runs a command with it.
        [ -n "$HARDPAN_ENVIRONMENT" ] || . /etc/set-environment
        case $- in
          *i*)
            shopt -s checkwinsize
            [ "$PS1" != '\s-\v\$ ' ] || PS1='\u@\h:\w\$ '
            ;;
        esac
      '';
      "pam/environment".text =
        "PATH DEFAULT=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin\"\n"
        + lib.concatStrings (builtins.filter (line: line != null) (builtins.attrValues pamLines));
      inputrc.text = lib.mkDefault "set bell-style none\nset meta-flag on\nset input-meta on\nset convert-meta off\nset output-meta on\n";
    };
    environment.variables = lib.mapAttrs (_: lib.mkDefault) (
      cfg.sessionVariables
      // {
        PAGER = "less";
        LESS = "-R";
      }
    );
  };
}

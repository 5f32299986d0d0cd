# Programs whose module only brings the package, or the package and a file.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  # Name of the module -> packages, in nixpkgs' names.
  plain = {
    atop = [ "atop" ];
    htop = [ "htop" ];
    iftop = [ "iftop" ];
    iotop = [ "iotop" ];
    mosh = [ "mosh" ];
    mtr = [ "mtr" ];
    nano = [ "nano" ];
    screen = [ "screen" ];
    tcpdump = [ "tcpdump" ];
    traceroute = [ "traceroute" ];
    vim = [ "vim" ];
  };

  enabled = lib.filterAttrs (name: _: config.programs.${name}.enable) plain;
in
{
  options.programs = lib.recursiveUpdate (
    lib.mapAttrs (name: _: {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether ${name} is there.";
      };
      package = mkOption {
        type = types.raw;
        default = null;
        visible = false;
        description = "Accepted; the program is Debian's.";
      };
    }) plain
  ) {
      vim = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether vim is there.";
        };
        defaultEditor = mkOption {
          type = types.bool;
          default = false;
          description = "Whether vim is the usual editor.";
        };
        package = mkOption {
          type = types.raw;
          default = null;
          visible = false;
          description = "Accepted; the program is Debian's.";
        };
      };
      neovim = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether neovim is there.";
        };
        defaultEditor = mkOption {
          type = types.bool;
          default = false;
          description = "Whether neovim is the usual editor.";
        };
        viAlias = mkOption {
          type = types.bool;
          default = false;
          description = "Whether `vi` means nvim.";
        };
        vimAlias = mkOption {
          type = types.bool;
          default = false;
          description = "Whether `vim` means nvim.";
        };
      };
      mosh.openFirewall = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the firewall lets mosh in.";
      };
      git = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether git is there.";
        };
        config = mkOption {
          type = types.attrsOf (types.attrsOf types.anything);
          default = { };
          description = "Settings for everybody.";
        };
        lfs.enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether large files are supported.";
        };
        package = mkOption {
          type = types.raw;
          default = null;
          visible = false;
          description = "Accepted; the program is Debian's.";
        };
      };
      tmux = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether tmux is there.";
        };
        extraConfig = mkOption {
          type = types.lines;
          default = "";
          description = "Further lines of tmux.conf.";
        };
        keyMode = mkOption {
          type = types.enum [
            "emacs"
            "vi"
          ];
          default = "emacs";
          description = "Kind of the keys.";
        };
        clock24 = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the clock has 24 hours.";
        };
        historyLimit = mkOption {
          type = types.ints.positive;
          default = 2000;
          description = "Lines that are kept.";
        };
        terminal = mkOption {
          type = types.str;
          default = "screen";
          description = "Kind of the terminal.";
        };
        shortcut = mkOption {
          type = types.str;
          default = "b";
          description = "The key of commands.";
        };
        baseIndex = mkOption {
          type = types.int;
          default = 0;
          description = "Number of the first window.";
        };
        escapeTime = mkOption {
          type = types.int;
          default = 500;
          description = "Milliseconds that a key may follow escape.";
        };
        newSession = mkOption {
          type = types.bool;
          default = false;
          description = "Whether a session is begun if there is none.";
        };
      };
      less = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Accepted; less is always there.";
        };
        envVariables = mkOption {
          type = types.attrsOf types.str;
          default = { };
          description = "Variables for less.";
        };
      };
      gnupg.agent = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether gpg's agent starts for users.";
        };
        enableSSHSupport = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it keeps ssh keys.";
        };
        pinentryPackage = mkOption {
          type = types.raw;
          default = null;
          visible = false;
          description = "Accepted without effect.";
        };
      };
      ccache.enable = mkOption {
        type = types.bool;
        default = false;
        visible = false;
        description = "Accepted without effect.";
      };
  };

  config = lib.mkMerge [
    {
      environment.systemPackages = lib.concatMap (name: map (attribute: pkgs.${attribute}) plain.${name}) (
        builtins.attrNames enabled
      );
    }
    # Its client is written in Perl.
    (lib.mkIf config.programs.mosh.enable { image.debianPackages = [ "perl-base" ]; })
    (lib.mkIf (config.programs.mosh.enable && config.programs.mosh.openFirewall) {
      networking.firewall.allowedUDPPortRanges = [
        {
          from = 60000;
          to = 61000;
        }
      ];
    })
    (lib.mkIf config.programs.vim.defaultEditor {
      environment.systemPackages = [ pkgs.vim ];
      environment.variables.EDITOR = lib.mkOverride 900 "vim";
    })
    (lib.mkIf config.programs.neovim.enable {
      environment.systemPackages = [ pkgs.neovim ];
      environment.variables.EDITOR = lib.mkIf config.programs.neovim.defaultEditor (lib.mkOverride 900 "nvim");
      environment.shellAliases =
        lib.optionalAttrs config.programs.neovim.viAlias { vi = "nvim"; }
        // lib.optionalAttrs config.programs.neovim.vimAlias { vim = "nvim"; };
    })
    (lib.mkIf config.programs.git.enable {
      environment.systemPackages = [ pkgs.git ] ++ lib.optional config.programs.git.lfs.enable pkgs.git-lfs;
      environment.etc.gitconfig = lib.mkIf (config.programs.git.config != { }) {
        text = lib.generators.toGitINI config.programs.git.config;
      };
    })
    (lib.mkIf config.programs.tmux.enable {
      environment.systemPackages = [ pkgs.tmux ];
      environment.etc."tmux.conf".text =
        let
          cfg = config.programs.tmux;
        in
        ''
          set -g default-terminal "${cfg.terminal}"
          set -g base-index ${toString cfg.baseIndex}
          setw -g pane-base-index ${toString cfg.baseIndex}
          set -g status-keys ${cfg.keyMode}
          set -g mode-keys ${cfg.keyMode}
          set -g history-limit ${toString cfg.historyLimit}
          setw -g clock-mode-style ${if cfg.clock24 then "24" else "12"}
          set -s escape-time ${toString cfg.escapeTime}
        ''
        + lib.optionalString (cfg.shortcut != "b") ''
          unbind C-b
          set -g prefix C-${cfg.shortcut}
          bind C-${cfg.shortcut} send-prefix
        ''
        + lib.optionalString cfg.newSession "new-session\n"
        + cfg.extraConfig;
    })
    (lib.mkIf (config.programs.less.envVariables != { }) {
      environment.variables = config.programs.less.envVariables;
    })
    (lib.mkIf config.programs.gnupg.agent.enable {
      environment.systemPackages = [ pkgs.gnupg ];
    })
  ];
}

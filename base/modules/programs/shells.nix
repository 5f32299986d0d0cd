# Shells: what they read, beside bash the ones that users may choose.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  aliases =
    default:
    mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      inherit default;
      description = "Abbreviations of commands.";
    };
  switch =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  scripts = {
    shellInit = lines "What it runs first.";
    loginShellInit = lines "What it runs first at a login.";
    interactiveShellInit = lines "What it runs first for a person.";
    promptInit = lines "How it shows that it waits.";
  };

  aliasText =
    format: set:
    lib.concatStrings (
      lib.mapAttrsToList (name: value: lib.optionalString (value != null) (format name (lib.escapeShellArg value))) set
    );
  posixAlias = name: value: "alias -- ${name}=${value}\n";
  cfg = config.programs;
in
{
  options.programs = {
    bash = scripts // {
      enable = switch true "Accepted; bash is always there.";
      shellAliases = aliases { };
      completion.enable = switch false "Whether arguments of commands are completed.";
      enableCompletion = switch false "Older name of completion.enable.";
      enableLsColors = switch true "Accepted without effect.";
      blesh.enable = switch false "Not supported.";
      undistractMe.enable = switch false "Not supported.";
    };
    zsh = scripts // {
      enable = switch false "Whether zsh is there.";
      shellAliases = aliases config.environment.shellAliases;
      enableCompletion = switch true "Whether arguments of commands are completed.";
      enableBashCompletion = switch false "Whether completions of bash are used.";
      enableGlobalCompInit = switch true "Accepted without effect.";
      enableLsColors = switch true "Accepted without effect.";
      histSize = mkOption {
        type = types.int;
        default = 2000;
        description = "Commands that are kept.";
      };
      histFile = mkOption {
        type = types.str;
        default = "$HOME/.zsh_history";
        description = "Where they are kept.";
      };
      setOptions = mkOption {
        type = types.listOf types.str;
        default = [
          "HIST_IGNORE_DUPS"
          "SHARE_HISTORY"
          "HIST_FCNTL_LOCK"
        ];
        description = "Options that are set.";
      };
      autosuggestions.enable = switch false "Whether commands are suggested.";
      syntaxHighlighting.enable = switch false "Whether commands are coloured.";
      ohMyZsh = mkOption {
        type = types.submodule { freeformType = types.attrsOf types.anything; };
        default = { };
        visible = false;
        description = "Not supported; oh-my-zsh is not in Debian.";
      };
    };
    fish = scripts // {
      enable = switch false "Whether fish is there.";
      shellAliases = aliases config.environment.shellAliases;
      shellAbbrs = aliases { };
      useBabelfish = switch false "Accepted without effect.";
    };
  };

  config = lib.mkMerge [
    {
      environment.shellInit = cfg.bash.shellInit;
      environment.loginShellInit = cfg.bash.loginShellInit;
      environment.interactiveShellInit =
        aliasText posixAlias cfg.bash.shellAliases + cfg.bash.promptInit + cfg.bash.interactiveShellInit;
    }
    (lib.mkIf (cfg.bash.completion.enable || cfg.bash.enableCompletion) {
      image.debianPackages = [ "bash-completion" ];
      programs.bash.interactiveShellInit = "[ -z \"$BASH\" ] || . /usr/share/bash-completion/bash_completion\n";
    })
    (lib.mkIf cfg.zsh.enable {
      image.debianPackages =
        [ "zsh" ]
        ++ lib.optional cfg.zsh.autosuggestions.enable "zsh-autosuggestions"
        ++ lib.optional cfg.zsh.syntaxHighlighting.enable "zsh-syntax-highlighting";
      environment.shells = [ "/usr/bin/zsh" ];
      assertions = [
        {
          assertion = !(cfg.zsh.ohMyZsh.enable or false);
          message = "programs.zsh.ohMyZsh is not supported: oh-my-zsh is not in Debian.";
        }
      ];
      environment.etc = {
        "zsh/zshenv".text = ''
          [ -n "$HARDPAN_ENVIRONMENT" ] || . /etc/set-environment
          ${config.environment.shellInit}${cfg.zsh.shellInit}
        '';
        "zsh/zprofile".text = "${config.environment.loginShellInit}${cfg.zsh.loginShellInit}";
        "zsh/zshrc".text = ''
          ${aliasText posixAlias cfg.zsh.shellAliases}
          SAVEHIST=${toString cfg.zsh.histSize}
          HISTSIZE=${toString cfg.zsh.histSize}
          HISTFILE=${cfg.zsh.histFile}
          setopt ${lib.concatStringsSep " " cfg.zsh.setOptions}
          ${lib.optionalString cfg.zsh.enableCompletion "autoload -U compinit && compinit"}
          ${lib.optionalString cfg.zsh.enableBashCompletion "autoload -U bashcompinit && bashcompinit"}
          ${lib.optionalString cfg.zsh.autosuggestions.enable ". /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh"}
          ${cfg.zsh.interactiveShellInit}
          ${cfg.zsh.promptInit}
          ${lib.optionalString cfg.zsh.syntaxHighlighting.enable ". /usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh"}
        '';
      };
    })
    (lib.mkIf cfg.fish.enable {
      environment.systemPackages = [ pkgs.fish ];
      environment.shells = [ "/usr/bin/fish" ];
      environment.etc."fish/config.fish".text = ''
        ${cfg.fish.shellInit}
        if status is-login
          ${cfg.fish.loginShellInit}
        end
        if status is-interactive
          ${aliasText (name: value: "alias ${name} ${value}\n") cfg.fish.shellAliases}
          ${aliasText (name: value: "abbr --add ${name} ${value}\n") cfg.fish.shellAbbrs}
          ${cfg.fish.promptInit}
          ${cfg.fish.interactiveShellInit}
        end
      '';
    })
  ];
}

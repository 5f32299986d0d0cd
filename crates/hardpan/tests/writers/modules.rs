//! Every module that is shipped links by itself: with nothing but its `enable`, and each file system with a mount.

use serde_json::Value;

use crate::support::{succeed, text};
use crate::{command, lock_file};

/// The root of a machine for each `enable` that is off unless somebody sets it, and for each kind of file system.
const FLAKE: &str = r#"
{ inputs.hardpan.url = "hardpan";
  outputs = { self, hardpan }: let
    inherit (hardpan) lib;
    small = {
      networking.hostName = "m";
      system.stateVersion = "25.11";
      boot.kernel.debianPackage = "linux-image-cloud-amd64";
    };
    machine = module: lib.nixosSystem { system = "x86_64-linux"; modules = [ small module ]; };
    enables = path: option:
      if lib.isOption option then
        lib.optional (lib.last path == "enable" && option.type.name == "bool" && option.default or null == false) path
      else
        lib.concatLists (lib.mapAttrsToList (name: enables (path ++ [ name ])) (lib.filterAttrs (_: builtins.isAttrs) option));
    inherit (machine { }) options;
    found = lib.concatMap (top: enables [ top ] options.${top}) [
      "hardware" "networking" "programs" "security" "services" "systemd" "virtualisation" "zramSwap"
    ];
    mounted = fsType: { fileSystems."/data" = { device = "/dev/vdb"; inherit fsType; }; };
    machines =
      lib.listToAttrs (map (path: lib.nameValuePair (lib.concatStringsSep "-" path) (lib.setAttrByPath path true)) found)
      // lib.genAttrs [ "btrfs" "cifs" "exfat" "ext4" "f2fs" "nfs" "nfs4" "ntfs" "vfat" "xfs" ] mounted
      // {
        # A wrapper called as the program it wraps, alone and beside it.
        wrapper = { pkgs, ... }: { environment.systemPackages = [ (wrapped pkgs) ]; };
        wrapper-first = { pkgs, ... }: { environment.systemPackages = [ pkgs.jq (lib.hiPrio (wrapped pkgs)) ]; };
        nfs-list.boot.supportedFilesystems = [ "nfs" ];
        nfs-set.boot.supportedFilesystems.nfs = true;
        postgresql-libraries.services.postgresql = {
          enable = true;
          settings.shared_preload_libraries = [ "pg_stat_statements" "auto_explain" ];
        };
      };
    wrapped = pkgs: pkgs.symlinkJoin {
      name = "jq";
      paths = [ pkgs.jq ];
      nativeBuildInputs = [ pkgs.makeWrapper ];
      postBuild = "wrapProgram $out/bin/jq --set JQ_COLORS 1";
    };
    objections = config: builtins.concatMap (one: if one.assertion then [ ] else [ one.message ]) config.assertions;
    linked = _: module: let inherit (machine module) config; in {
      inherit (config.system.build) root;
      objections = objections config;
    };
  in {
    roots = builtins.mapAttrs (_: one: one.root) (builtins.mapAttrs linked machines);
    objections = lib.filterAttrs (_: messages: messages != [ ]) (
      builtins.mapAttrs (_: one: one.objections) (builtins.mapAttrs linked machines)
    );
    names = builtins.attrNames machines;
  };
}
"#;

/// What needs a decision that only a person can make, and says so.
const NEEDS_MORE: [&str; 0] = [];

#[test]
fn every_module_links_with_nothing_but_its_enable() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("flake.nix"), FLAKE).expect("the flake can be written");
    std::fs::write(folder.path().join("flake.lock"), lock_file()).expect("the lock can be written");
    let json = |attribute: &str| -> Value {
        let output = succeed(command(folder.path()).args(["eval", "--json", attribute]));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let objections = json(".#objections");
    let objecting: Vec<&String> = objections.as_object().expect("a set").keys().collect();
    assert_eq!(objecting, NEEDS_MORE, "{objections:#}");
    let names = json(".#names");
    let roots = names.as_array().expect("a list").iter().filter_map(Value::as_str);
    let roots: Vec<String> = roots.map(|name| format!(".#roots.{name}")).collect();
    assert!(roots.len() > 60, "{roots:?}");
    let mut build = command(folder.path());
    build.args(["build", "--no-link", "--keep-going"]).args(&roots);
    let output = build.output().expect("hardpan starts");
    assert!(output.status.success(), "{}", text(&output));
}

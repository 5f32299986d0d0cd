# What the linker is told about the root file system; every other module writes here in the end.
{ lib, ... }:
let
  inherit (lib) mkOption types;

  strings =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  records =
    description:
    mkOption {
      type = types.listOf (types.attrsOf types.raw);
      default = [ ];
      inherit description;
    };
in
{
  options.image.root = {
    files = mkOption {
      # One definition for each path: two modules that write one file are a mistake. Kept raw because there are hundreds.
      type = types.lazyAttrsOf types.raw;
      default = { };
      example = {
        "/usr/lib/example.conf".text = "key = value\n";
        "/usr/lib/link".target = "example.conf";
        "/usr/lib/folder".kind = "directory";
      };
      description = ''
        Generated paths. A value has `text`, `source` (a store path to copy) or `target` (a link), or
        `kind = "directory"`; and may have `mode`, `user`, `group` and `capabilities`.
      '';
    };
    keepEtc = strings "Files of packages below /etc that are kept, as globs relative to /etc; all others are left out.";
    exclude = strings "Paths of packages that are left out, as globs.";
    mayMiss = strings "Files of packages, as globs, that may lack an interpreter or a shared library; any other that does stops the build.";
    permissions = records "Modes, owners and capabilities that packages do not carry themselves: `path`, `mode`, `user`, `group`, `capabilities`, `optional`.";
    stateOwners = records "State directories with their owners: `path`, `user`, `group`, `mode`.";
    alternatives = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        "/usr/bin/awk" = "/usr/bin/mawk";
      };
      description = "Links between commands that stand for one another, as update-alternatives makes them.";
    };
    prefer = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "Which package wins a path that several own, by path.";
    };
    diversions = records "Package files that go elsewhere: `path`, `package`, `to`.";
    enableUnits = strings "Units of packages whose `[Install]` section is carried out.";
    maskUnits = strings "Units, or generators by absolute path, that never run.";
    maskTmpfiles = strings "Files of tmpfiles.d that are left out.";
    storePaths = strings "Store paths that come into /nix/store with all they refer to.";
    profile = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Store paths whose programs and shared files are linked into /usr.";
    };
    visiblePackages = mkOption {
      type = types.attrsOf types.int;
      default = { };
      description = "Debian packages whose programs somebody asked for by name, with the priority of each; others give way to store paths of the profile.";
    };
    dpkgStatus = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the image holds Debian's package database, which tells scanners what is installed.";
    };
  };
}

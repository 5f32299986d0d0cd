# Sets of Debian packages: what an image needs, and trees of unpacked packages to run programs from.
{
  host,
  index,
  once,
  records,
  objects,
  faces,
}:
let
  omissible = import ./omissible.nix;

  # Machines that want the same packages share all that is known of them.
  closure = arguments: once "closure ${builtins.toJSON arguments}" (closureOf arguments);

  closureOf =
    {
      wanted,
      omit ? [ ],
      prefer ? { },
      extraPackages ? [ ],
    }:
    let
      resolved = host.debianResolve {
        inherit
          index
          wanted
          omit
          prefer
          ;
      };
      packages = resolved.packages ++ map records.of extraPackages;
    in
    resolved
    // {
      inherit packages;
      names = map (record: record.name) packages;
      # As the linker's description of a root wants them.
      packageSpecs = map (record: {
        inherit (record)
          name
          version
          architecture
          source
          sourceVersion
          archive
          suite
          ;
        object = "${objects.object record}";
      }
      // (if record.foreign then { foreign = true; } else { })) packages;
    };

  # `packages` are names and faces; `links` are further links by their path.
  sysrootWith =
    {
      packages,
      links ? { },
      prefer ? { },
      name ? "debian-sysroot",
    }:
    let
      wanted = builtins.sort builtins.lessThan (faces.debianPackagesOf packages);
      resolved = closure {
        inherit wanted prefer;
        omit = builtins.filter (package: !builtins.elem package wanted) omissible;
      };
      ownLinks = builtins.foldl' (all: package: all // package.debianLinks or { }) { } (
        builtins.filter faces.isDebian packages
      );
      drv = derivation {
        inherit name;
        system = "builtin";
        builder = "builtin:hardpan-sysroot-v1";
        debs = builtins.concatStringsSep " " (map (record: "${objects.deb record}") resolved.packages);
        links = builtins.toJSON (faces.systemLinks resolved.names // ownLinks // links);
      };
    in
    drv // { sysrootPackages = resolved.names; };
in
{
  inherit closure omissible sysrootWith;

  # A tree of these packages and of all they depend on.
  sysroot = packages: sysrootWith { inherit packages; };

  # Texts of shell scripts that the outputs of these .drv files may refer to, by path.
  shellScripts =
    derivations: if derivations == [ ] then { } else host.shellScripts { inherit derivations; };

  # Debian packages that the outputs of these .drv files may refer to.
  mentioned = derivations: host.debianMentioned { inherit derivations; };
}

# How Nix code sees Debian packages: record -> .deb -> object -> face, closures and system roots.
{
  lib,
  debian,
  archives,
  host,
  system,
}:
let
  # Debian's tree and those of other archives, with what is taken of each. Without its context: else every version
  # string would drag the whole index into the closure.
  index =
    if architecture == manifest.architecture then
      builtins.unsafeDiscardStringContext (
        builtins.toJSON ([ { tree = toString debian; } ] ++ map treeOf archives)
      )
    else
      throw "the locked suites of Debian are for ${manifest.architecture}, and a machine of ${system} needs ${architecture}; say inputs.hardpan.inputs.debian.url = \"debian:${codename}?architecture=${architecture}\" in flake.nix";
  manifest = builtins.fromJSON (builtins.readFile "${debian}/manifest.json");
  inherit (builtins.head manifest.suites) codename;
  architecture =
    {
      aarch64-linux = "arm64";
      x86_64-linux = "amd64";
    }
    .${system} or manifest.architecture;
  treeOf =
    archive:
    if archive ? outPath then
      { tree = toString archive; }
    else
      {
        tree = toString archive.archive;
        packages = archive.packages or null;
        replace = archive.replace or [ ];
      };
  # What depends on nothing but its key and the index is computed once for all machines of an evaluation.
  once = key: host.once "${toString ./.} ${index} ${system} ${key}";
  names = import ./names.nix;
  records = import ./records.nix { inherit host index; };
  objects = import ./objects.nix { inherit names; };
  faces = import ./faces.nix {
    inherit
      lib
      names
      records
      objects
      ;
  };
  closures = import ./closures.nix {
    inherit
      host
      index
      once
      records
      objects
      faces
      ;
  };
  byteCode = import ./byte-code.nix {
    inherit
      system
      names
      objects
      once
      ;
    inherit (closures) sysrootWith;
  };
in
{
  inherit index byteCode codename;
  # The time that every file of an image gets: when the newest pinned suite was signed.
  epoch = debian.lastModified or 0;
  # The SHA-256 of the init program that initrds get.
  initDigest = host.initDigest { };
  inherit (records) record recordOrNull nearest;
  inherit (objects) objectExclude links fetchMember;
  inherit (names) storeName upstreamVersion;
  inherit (faces)
    face
    join
    debianPackagesOf
    isDebian
    ;
  inherit (closures)
    closure
    sysroot
    sysrootWith
    omissible
    mentioned
    shellScripts
    ;
  deb = package: objects.deb (records.of package);
  object = package: objects.object (records.of package);

  # Every package of the pinned index under its own name.
  debian = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = faces.face name;
    }) (host.debianNames { inherit index; })
  );
}

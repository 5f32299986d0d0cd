# How Nix code sees Debian packages: record -> .deb -> object -> face, closures and system roots.
{
  lib,
  debian,
  archives,
  host,
  system,
}:
let
  # Without its context: else every version string would drag the whole index into the closure.
  index = builtins.unsafeDiscardStringContext (toString ([ debian ] ++ archives));
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
  inherit index byteCode;
  # The time that every file of an image gets: when the newest pinned suite was signed.
  epoch = debian.lastModified or 0;
  # The SHA-256 of the init program that initrds get.
  initDigest = host.initDigest { };
  codename =
    (builtins.head (builtins.fromJSON (builtins.readFile "${debian}/manifest.json")).suites).codename;

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

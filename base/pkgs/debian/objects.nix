# The derivations that carry a Debian package's bytes: the verified .deb and the object compiled from it.
{ names }:
let
  # Paths that no image keeps: documentation (licence texts stay), translations, and files for people who package.
  # One list for all images, so that they share objects; what only some images drop is said when they are linked.
  objectExclude = [
    "/usr/share/doc/*/{[!c]*,c[!o]*,co[!p]*,cop[!y]*}"
    "/usr/share/doc-base"
    "/usr/share/man"
    "/usr/share/info"
    "/usr/share/locale"
    "/usr/share/lintian"
    "/usr/share/bug"
    "/usr/share/apport"
    "/usr/share/menu"
    "/usr/share/pixmaps"
    "/usr/share/applications"
    "/usr/share/metainfo"
    "/usr/share/gtk-doc"
    "/usr/share/help"
    "/usr/share/debhelper"
  ];

  deb =
    record:
    derivation {
      name = names.storeName "${record.name}_${record.version}_${record.architecture}.deb";
      system = "builtin";
      builder = "builtin:hardpan-deb-v1";
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = record.sha256;
      inherit (record) archive filename;
      size = toString record.size;
    };
in
{
  inherit deb objectExclude;

  object =
    record:
    derivation {
      name = names.storeName "${record.name}-${record.version}.object";
      system = "builtin";
      builder = "builtin:hardpan-object-v2";
      deb = deb record;
      compression = "lz4";
      exclude = builtins.toJSON objectExclude;
    };

  # A directory made of links: the content of `paths` merged (the first wins), and `links` by their place.
  links =
    {
      name,
      paths ? [ ],
      links ? { },
    }:
    derivation {
      name = names.storeName name;
      system = "builtin";
      builder = "builtin:hardpan-links-v1";
      paths = builtins.toJSON (map (path: "${path}") paths);
      links = builtins.toJSON links;
    };

  # One file out of an archive, known by the hash of its own content; `sources` are tried in order.
  fetchMember =
    {
      name,
      sources,
      sha256,
      destination ? "",
      executable ? false,
      outputHash ? sha256,
    }:
    derivation {
      name = names.storeName name;
      system = "builtin";
      builder = "builtin:hardpan-archive-member-v1";
      sources = builtins.toJSON sources;
      contentHash = sha256;
      inherit destination outputHash;
      executable = if executable then "1" else "";
      outputHashAlgo = "sha256";
      outputHashMode = if destination == "" then "flat" else "recursive";
    };
}

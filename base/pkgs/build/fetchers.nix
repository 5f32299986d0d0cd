# What comes from the network, known by hash.
{ lib, pkgs }:
let
  # Mirrors that addresses name as mirror://<name>/.
  mirrors = {
    apache = "https://dlcdn.apache.org/";
    cpan = "https://cpan.metacpan.org/";
    debian = "https://ftp.debian.org/debian/";
    gcc = "https://gcc.gnu.org/pub/gcc/";
    gentoo = "https://distfiles.gentoo.org/";
    gnome = "https://download.gnome.org/";
    gnu = "https://ftpmirror.gnu.org/";
    gnupg = "https://gnupg.org/ftp/gcrypt/";
    hackage = "https://hackage.haskell.org/package/";
    kde = "https://download.kde.org/";
    kernel = "https://cdn.kernel.org/pub/";
    luarocks = "https://luarocks.org/";
    mozilla = "https://archive.mozilla.org/pub/mozilla.org/";
    mysql = "https://cdn.mysql.com/Downloads/";
    openbsd = "https://cdn.openbsd.org/pub/OpenBSD/";
    postgresql = "https://ftp.postgresql.org/pub/";
    pypi = "https://files.pythonhosted.org/packages/source/";
    qt = "https://download.qt.io/";
    sageupstream = "https://mirrors.mit.edu/sage/spkg/upstream/";
    samba = "https://www.samba.org/ftp/";
    savannah = "https://download.savannah.gnu.org/releases/";
    sourceforge = "https://downloads.sourceforge.net/";
    ubuntu = "https://nova.clouds.archive.ubuntu.com/ubuntu/";
  };

  expand =
    url:
    let
      parts = builtins.match "mirror://([^/]+)/(.*)" url;
      site = builtins.head parts;
    in
    if parts == null then
      url
    else
      (mirrors.${site} or (throw "fetchurl: '${url}' names the mirror '${site}', which is not known"))
      + builtins.elemAt parts 1;

  algorithms = [
    "sha512"
    "sha256"
    "sha1"
    "md5"
  ];

  # { outputHash; outputHashAlgo; } from `hash`, `sha256` and the like.
  hashOf =
    what: arguments:
    let
      given = builtins.filter (algorithm: (arguments.${algorithm} or "") != "") algorithms;
      sri = arguments.hash or "";
      asked = builtins.any (name: arguments ? ${name}) ([ "hash" ] ++ algorithms);
    in
    if arguments ? outputHash && arguments.outputHash != "" then
      {
        inherit (arguments) outputHash;
        outputHashAlgo = arguments.outputHashAlgo or null;
      }
    else if sri != "" then
      {
        outputHash = sri;
        outputHashAlgo = null;
      }
    else if given != [ ] then
      {
        outputHash = arguments.${builtins.head given};
        outputHashAlgo = builtins.head given;
      }
    else if asked then
      # An empty hash: the download says what it should have been.
      {
        outputHash = lib.fakeHash;
        outputHashAlgo = null;
      }
    else
      throw "${what} needs a hash: hash = \"\"; shows the right one";

  fileName =
    url: pkgs.hardpan.storeName (builtins.baseNameOf (builtins.head (builtins.split "[?#]" url)));

  fetchurl =
    {
      url ? "",
      urls ? [ ],
      name ? "",
      executable ? false,
      recursiveHash ? false,
      postFetch ? "",
      meta ? { },
      passthru ? { },
      ...
    }@arguments:
    let
      addresses = map expand (if urls != [ ] then urls else [ url ]);
      hash = hashOf "fetchurl (${builtins.head addresses})" arguments;
      withName = if name != "" then name else arguments.pname or (fileName (builtins.head addresses));
      download = derivation (
        {
          name = withName;
          system = "builtin";
          builder = "builtin:fetchurl";
          url = builtins.head addresses;
          urls = addresses;
          executable = if executable then "1" else "";
          outputHashMode = if executable || recursiveHash then "recursive" else "flat";
          inherit (hash) outputHash;
        }
        // lib.optionalAttrs (hash.outputHashAlgo != null) { inherit (hash) outputHashAlgo; }
      );
    in
    if postFetch != "" then
      throw "fetchurl: postFetch is not supported; change the file in a derivation that has it as `src`"
    else
      lib.extendDerivation true (
        passthru
        // {
          inherit meta;
          url = builtins.head addresses;
          urls = addresses;
        }
      ) download;

  # A source tree: fetched and unpacked when the configuration is evaluated, and known by the hash of its content.
  fetchTree =
    {
      url,
      hash,
      name ? "source",
      passthru ? { },
    }:
    let
      tree = builtins.fetchTarball {
        inherit url name;
        sha256 = hash.outputHash;
      };
    in
    passthru
    // {
      inherit name url;
      outPath = "${tree}";
      outputHash = hash.outputHash;
    };

  fetchzip =
    {
      url ? "",
      urls ? [ ],
      name ? "source",
      stripRoot ? true,
      extension ? "",
      postFetch ? "",
      meta ? { },
      passthru ? { },
      ...
    }@arguments:
    let
      address = expand (if urls != [ ] then builtins.head urls else url);
    in
    if !stripRoot || postFetch != "" then
      throw "fetchzip: stripRoot = false and postFetch are not supported; fetch the archive with fetchurl and unpack it in a derivation"
    else
      fetchTree {
        url = address;
        hash = hashOf "fetchzip (${address})" arguments;
        inherit name;
        passthru = passthru // {
          inherit meta;
        };
      };

  # Forges that give a tree of a commit or tag as an archive.
  fetchFrom =
    address:
    {
      name ? "source",
      rev ? null,
      tag ? null,
      fetchSubmodules ? false,
      leaveDotGit ? false,
      deepClone ? false,
      sparseCheckout ? [ ],
      meta ? { },
      passthru ? { },
      ...
    }@arguments:
    let
      reference = if tag != null then "refs/tags/${tag}" else rev;
      url = address (arguments // { rev = reference; });
    in
    if fetchSubmodules || leaveDotGit || deepClone || sparseCheckout != [ ] then
      throw "fetching ${url}: submodules, sparse checkouts and histories are not supported here; use builtins.fetchGit"
    else
      fetchTree {
        inherit url name;
        hash = hashOf "fetching ${url}" arguments;
        passthru =
          passthru
          // {
            inherit meta tag;
            rev = reference;
          }
          // builtins.intersectAttrs {
            owner = null;
            repo = null;
          } arguments;
      };

  encoded = lib.replaceStrings [ "/" ] [ "%2F" ];
in
{
  inherit fetchurl fetchzip;

  fetchFromGitHub = fetchFrom (
    {
      owner,
      repo,
      rev,
      githubBase ? "github.com",
      ...
    }:
    "https://${githubBase}/${owner}/${repo}/archive/${rev}.tar.gz"
  );

  fetchFromGitLab = fetchFrom (
    {
      owner,
      repo,
      rev,
      domain ? "gitlab.com",
      group ? null,
      ...
    }:
    let
      path = lib.concatStringsSep "/" (lib.optional (group != null) group ++ [ owner repo ]);
    in
    "https://${domain}/api/v4/projects/${encoded path}/repository/archive.tar.gz?sha=${encoded rev}"
  );

  fetchFromGitea = fetchFrom (
    {
      owner,
      repo,
      rev,
      domain,
      ...
    }:
    "https://${domain}/${owner}/${repo}/archive/${rev}.tar.gz"
  );

  fetchFromCodeberg = fetchFrom (
    { owner, repo, rev, ... }: "https://codeberg.org/${owner}/${repo}/archive/${rev}.tar.gz"
  );

  fetchFromSourcehut = fetchFrom (
    {
      owner,
      repo,
      rev,
      domain ? "sr.ht",
      vc ? "git",
      ...
    }:
    "https://${vc}.${domain}/${owner}/${repo}/archive/${rev}.tar.gz"
  );

  fetchFromBitbucket = fetchFrom (
    { owner, repo, rev, ... }: "https://bitbucket.org/${owner}/${repo}/get/${rev}.tar.gz"
  );

  fetchgit =
    { url, ... }:
    throw "fetchgit (${url}) is not supported: use builtins.fetchGit, or the forge's archive (fetchFromGitHub, fetchzip)";
  fetchpatch =
    { url ? builtins.head urls, urls ? [ ], ... }:
    throw "fetchpatch (${url}) is not supported, as it hashes a patch that it has rewritten: use fetchurl with the hash of the file";
  requireFile =
    { name, ... }: throw "requireFile: '${name}' has to be added to the store by hand, which is not supported";
}

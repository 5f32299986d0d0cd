# Stands in for the evaluator's way to Debian's index: a few packages, and a resolver that follows plain names.
let
  make =
    {
      name,
      version ? "1.0-1",
      depends ? "",
      architecture ? "amd64",
    }:
    {
      inherit
        name
        version
        architecture
        depends
        ;
      source = name;
      sourceVersion = version;
      archive = "debian";
      suite = "trixie";
      component = "main";
      filename = "pool/main/${name}_${version}_${architecture}.deb";
      size = 1000;
      sha256 = builtins.hashString "sha256" "${name} ${version}";
      installedSize = 4;
      section = "utils";
      priority = "optional";
      essential = false;
      multiArch = "";
      description = "the package ${name}";
      homepage = "https://example.org/${name}";
      preDepends = "";
      provides = "";
      foreign = false;
      heldBack = [ ];
    };

  table = builtins.listToAttrs (
    map
      (package: {
        inherit (package) name;
        value = make package;
      })
      [
        {
          name = "nginx";
          version = "1.26.3-3+deb13u1";
          depends = "nginx-common, libc6";
        }
        {
          name = "nginx-common";
          version = "1.26.3-3+deb13u1";
          architecture = "all";
        }
        { name = "libc6"; version = "2.41-12"; }
        { name = "fd-find"; version = "10.2.0-1+b3"; depends = "libc6"; }
        { name = "vim"; version = "2:9.1.1230-2"; depends = "libc6"; }
        { name = "jq"; version = "1.7.1-6+deb13u1"; depends = "libc6"; }
        { name = "awscli"; version = "2.23.6-1"; architecture = "all"; }
        { name = "openssh-client"; version = "1:10.0p1-7"; }
        { name = "openssh-server"; version = "1:10.0p1-7"; depends = "openssh-client, ucf"; }
        { name = "openssh-sftp-server"; version = "1:10.0p1-7"; }
        { name = "ucf"; }
        { name = "bash"; version = "5.2.37-2+b5"; depends = "libc6"; }
        { name = "python3"; version = "3.13.5-1"; depends = "python3-minimal"; }
        { name = "python3-minimal"; version = "3.13.5-1"; }
        { name = "python3-requests"; version = "2.32.3+dfsg-5+deb13u1"; depends = "python3"; }
        { name = "linux-image-amd64"; version = "6.12.48-1"; }
        { name = "libssl-dev"; version = "3.5.1-1"; }
        { name = "openssl"; version = "3.5.1-1"; }
        { name = "coreutils"; }
        { name = "dash"; }
        { name = "diffutils"; }
        { name = "file"; }
        { name = "findutils"; }
        { name = "gawk"; }
        { name = "grep"; }
        { name = "gzip"; }
        { name = "bzip2"; }
        { name = "xz-utils"; }
        { name = "zstd"; }
        { name = "unzip"; }
        { name = "make"; }
        { name = "patch"; }
        { name = "sed"; }
        { name = "tar"; }
        { name = "gcc"; depends = "binutils, cpp, libc6-dev"; }
        { name = "g++"; depends = "gcc"; }
        { name = "cpp"; }
        { name = "binutils"; }
        { name = "libc6-dev"; depends = "libc6"; }
        { name = "libc-bin"; depends = "libc6"; }
        { name = "libstdc++6"; depends = "libc6"; }
        { name = "pkgconf"; }
        { name = "iptables"; version = "1.8.11-2"; }
        { name = "postgresql-17"; version = "17.6-0+deb13u1"; }
        { name = "postgresql-client-17"; version = "17.6-0+deb13u1"; }
        { name = "postgresql-17-postgis-3"; version = "3.5.2+dfsg-1"; }
      ]
  );

  dependencies =
    name:
    builtins.filter (part: builtins.isString part && part != "") (
      builtins.split ", " (table.${name} or (throw "nothing provides ${name}")).depends
    );
in
{
  debianPackage = { index, name }: table.${name} or null;
  debianPackages =
    { index, names }:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = table.${name} or null;
      }) names
    );
  once = _: value: value;
  debianNames = { index }: builtins.attrNames table;
  debianNearest =
    { index, name }:
    builtins.filter (
      candidate: builtins.substring 0 3 candidate == builtins.substring 0 3 name
    ) (builtins.attrNames table);
  debianResolve =
    {
      index,
      wanted,
      omit ? [ ],
      prefer ? { },
    }:
    let
      found = builtins.genericClosure {
        startSet = map (name: { key = name; }) wanted;
        operator =
          item:
          map (name: { key = name; }) (builtins.filter (name: !builtins.elem name omit) (dependencies item.key));
      };
    in
    {
      packages = map (name: table.${name}) (builtins.sort builtins.lessThan (map (item: item.key) found));
      because = { };
      omitted = omit;
    };
  # The real one follows derivations; here a face's name is told by its .drv's.
  debianMentioned =
    { derivations }:
    builtins.filter (
      name:
      builtins.any (
        drv: builtins.match "[^-]*-${builtins.replaceStrings [ "+" "." ] [ "[+]" "[.]" ] name}-[0-9].*" (baseNameOf drv) != null
      ) derivations
    ) (builtins.attrNames table);
  nearest = { name, candidates }: [ ];
}

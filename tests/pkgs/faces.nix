# How a Debian package looks: from record to face.
{ pkgs, lib, ... }:
let
  inherit (pkgs) hardpan nginx;
  builderOf = drv: drv.drvAttrs.builder;
in
[
  {
    name = "a face is a derivation that knows its Debian package";
    expr = [
      (lib.isDerivation nginx)
      nginx.name
      nginx.pname
      nginx.version
      nginx.debianVersion
      nginx.debianName
      nginx.debianPackages
      nginx.meta.mainProgram
      nginx.meta.description
      (lib.getExe nginx == "${nginx}/bin/nginx")
    ];
    expected = [
      true
      "nginx-1.26.3-3+deb13u1"
      "nginx"
      "1.26.3"
      "1.26.3-3+deb13u1"
      "nginx"
      [ "nginx" ]
      "nginx"
      "the package nginx"
      true
    ];
  }
  {
    name = "face, object and .deb are made of one another by built-in builders";
    expr = [
      (builderOf nginx)
      nginx.drvAttrs.debianName
      (nginx.drvAttrs.object == nginx.object)
      (builderOf nginx.object)
      nginx.object.drvAttrs.compression
      (nginx.object.drvAttrs.deb == nginx.deb)
      (builderOf nginx.deb)
      nginx.deb.drvAttrs.filename
      nginx.deb.drvAttrs.size
      (nginx.deb.drvAttrs.outputHash == nginx.record.sha256)
      (builtins.all (drv: drv.drvAttrs.system == "builtin") [ nginx nginx.object nginx.deb ])
    ];
    expected = [
      "builtin:hardpan-face-v1"
      "nginx"
      true
      "builtin:hardpan-object-v2"
      "lz4"
      true
      "builtin:hardpan-deb-v1"
      "pool/main/nginx_1.26.3-3+deb13u1_amd64.deb"
      "1000"
      true
      true
    ];
  }
  {
    name = "both names of a package are one derivation";
    expr = pkgs.awscli2.drvPath == pkgs.debian.awscli.drvPath && pkgs.awscli2 == hardpan.face "awscli";
    expected = true;
  }
  {
    name = "names of store paths hold no other characters, versions are upstream's";
    expr = [
      pkgs.vim.version
      pkgs.vim.name
      pkgs.vim.deb.name
      (map hardpan.upstreamVersion [
        "1:9.2p1-2+deb12u3"
        "2.1.3+dfsg1-5"
        "2.3.1~ds-1"
        "2025b-4"
        "0~20240101"
        "3.7"
      ])
      (map hardpan.storeName [ "a b" "g++_14~rc1" ".x" ])
    ];
    expected = [
      "9.1.1230"
      "vim-2-9.1.1230-2"
      "vim_2-9.1.1230-2_amd64.deb"
      [
        "9.2p1"
        "2.1.3"
        "2.3.1"
        "2025b"
        "0~20240101"
        "3.7"
      ]
      [ "a-b" "g++_14-rc1" "_.x" ]
    ];
  }
  {
    name = "the index is not in the closure of a package";
    expr = builtins.attrNames (builtins.getContext nginx.record.version) ++ builtins.attrNames (builtins.getContext hardpan.index);
    expected = [ ];
  }
  {
    name = "several packages under one name";
    expr = [
      pkgs.openssh.debianPackages
      pkgs.openssh.debianName
      pkgs.openssh.drvAttrs.builder
      (builtins.length (builtins.fromJSON (builtins.unsafeDiscardStringContext pkgs.openssh.drvAttrs.paths)))
      pkgs.openssh.meta.mainProgram
    ];
    expected = [
      [ "openssh-client" "openssh-server" "openssh-sftp-server" ]
      "openssh-client"
      "builtin:hardpan-links-v1"
      3
      "ssh"
    ];
  }
  {
    name = "commands that Debian calls otherwise";
    expr = [
      pkgs.fd.debianLinks
      (builtins.fromJSON pkgs.fd.drvAttrs.links)
      (lib.getExe pkgs.fd == "${pkgs.fd}/bin/fd")
      pkgs.vim.debianLinks."/usr/bin/vi"
      pkgs.nginx.debianLinks
      pkgs.gawk.debianLinks
      (builtins.fromJSON pkgs.gawk.drvAttrs.links)
    ];
    expected = [
      { "/usr/bin/fd" = "/usr/bin/fdfind"; }
      { "bin/fd" = "/usr/bin/fdfind"; }
      true
      "/usr/bin/vim.basic"
      { }
      { }
      { "bin/awk" = "/usr/bin/gawk"; }
    ];
  }
  {
    name = "links of an image lie beside their targets; some are the package's alone";
    expr = [
      pkgs.iptables.debianLinks."/usr/sbin/iptables"
      (builtins.fromJSON pkgs.iptables.drvAttrs.links)."bin/iptables"
      pkgs.postgresql.debianLinks."/usr/bin/initdb"
      (pkgs.postgresql.debianLinks ? "/usr/bin/psql")
      (builtins.fromJSON pkgs.postgresql.drvAttrs.links)."bin/psql"
      (pkgs.postgresql.withPackages (extensions: [ extensions.postgis-3 ])).debianPackages
      pkgs.postgresql.psqlSchema
    ];
    expected = [
      "/usr/sbin/iptables-nft"
      "/usr/sbin/iptables-nft"
      "/usr/lib/postgresql/17/bin/initdb"
      false
      "/usr/lib/postgresql/17/bin/psql"
      [ "postgresql-17" "postgresql-client-17" "postgresql-17-postgis-3" ]
      "17"
    ];
  }
  {
    name = "login shells say where they are in a root";
    expr = [
      pkgs.bash.shellPath
      (pkgs.nginx ? shellPath)
    ];
    expected = [ "/bin/bash" false ];
  }
  {
    name = "what is said about a package can be changed";
    expr =
      let
        changed = nginx.overrideAttrs (old: {
          meta = old.meta // {
            mainProgram = "other";
          };
          passthru = old.passthru // {
            extra = 1;
          };
        });
      in
      [
        changed.meta.mainProgram
        changed.extra
        (changed.drvPath == nginx.drvPath)
        (changed.overrideAttrs (_: { })).meta.mainProgram
      ];
    expected = [
      "other"
      1
      true
      "other"
    ];
  }
  {
    name = "override is refused";
    expr = nginx.override { withPerl = true; };
    error = [
      "override cannot change the Debian package 'nginx'"
      "stdenv.mkDerivation"
    ];
  }
  {
    name = "overrideAttrs of what is built is refused";
    expr = nginx.overrideAttrs (_: { patches = [ ]; });
    error = [
      "overrideAttrs ('patches')"
      "'nginx'"
    ];
  }
  {
    name = "development files are reached as an output";
    expr = [
      pkgs.openssl.dev.debianName
      pkgs.openssl.bin.debianName
    ];
    expected = [ "libssl-dev" "openssl" ];
  }
  {
    name = "debianPackagesOf takes names, faces and lists";
    expr = map hardpan.debianPackagesOf [
      "jq"
      pkgs.openssh
      [ pkgs.jq "jq" pkgs.nginx ]
      pkgs.emptyDirectory
    ];
    expected = [
      [ "jq" ]
      [ "openssh-client" "openssh-server" "openssh-sftp-server" ]
      [ "jq" "nginx" ]
      [ ]
    ];
  }
]

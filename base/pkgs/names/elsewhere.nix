# Attributes that nixpkgs has and Debian has not: using one says so, and where the software can come from.
{ lib, pkgs }:
let
  # Publishers' own signed Debian archives.
  archives = {
    cloudflared = "Cloudflare, https://pkg.cloudflare.com/cloudflared";
    consul = "HashiCorp, https://apt.releases.hashicorp.com";
    docker-ce = "Docker, https://download.docker.com/linux/debian";
    elasticsearch = "Elastic, https://artifacts.elastic.co/packages/8.x/apt";
    element-web = "Element, https://packages.element.io/debian";
    gitlab = "GitLab, https://packages.gitlab.com/gitlab/gitlab-ce/debian";
    gitlab-runner = "GitLab, https://packages.gitlab.com/runner/gitlab-runner/debian";
    google-chrome = "Google, https://dl.google.com/linux/chrome/deb";
    grafana = "Grafana Labs, https://apt.grafana.com";
    grafana-alloy = "Grafana Labs, https://apt.grafana.com";
    grafana-loki = "Grafana Labs, https://apt.grafana.com";
    jellyfin = "Jellyfin, https://repo.jellyfin.org/debian";
    jenkins = "Jenkins, https://pkg.jenkins.io/debian-stable";
    kubeadm = "Kubernetes, https://pkgs.k8s.io";
    kubelet = "Kubernetes, https://pkgs.k8s.io";
    kubernetes = "Kubernetes, https://pkgs.k8s.io";
    matrix-synapse = "Element, https://packages.matrix.org/debian";
    mongodb = "MongoDB, https://repo.mongodb.org/apt/debian";
    mongodb-ce = "MongoDB, https://repo.mongodb.org/apt/debian";
    mongosh = "MongoDB, https://repo.mongodb.org/apt/debian";
    nodejs_18 = "NodeSource, https://deb.nodesource.com/node_18.x";
    nodejs_22 = "NodeSource, https://deb.nodesource.com/node_22.x";
    nodejs_24 = "NodeSource, https://deb.nodesource.com/node_24.x";
    nomad = "HashiCorp, https://apt.releases.hashicorp.com";
    packer = "HashiCorp, https://apt.releases.hashicorp.com";
    postgresql_13 = "PostgreSQL, https://apt.postgresql.org/pub/repos/apt";
    postgresql_14 = "PostgreSQL, https://apt.postgresql.org/pub/repos/apt";
    postgresql_15 = "PostgreSQL, https://apt.postgresql.org/pub/repos/apt";
    postgresql_16 = "PostgreSQL, https://apt.postgresql.org/pub/repos/apt";
    postgresql_18 = "PostgreSQL, https://apt.postgresql.org/pub/repos/apt";
    tailscale = "Tailscale, https://pkgs.tailscale.com/stable/debian";
    telegraf = "InfluxData, https://repos.influxdata.com/debian";
    teleport = "Teleport, https://apt.releases.teleport.dev/debian";
    terraform = "HashiCorp, https://apt.releases.hashicorp.com";
    opentofu = "OpenTofu, https://packages.opentofu.org/opentofu/tofu/any";
    vault = "HashiCorp, https://apt.releases.hashicorp.com";
    vector = "Datadog, https://apt.vector.dev";
    zerotierone = "ZeroTier, https://download.zerotier.com/debian";
  };

  # What does the same and is there.
  instead = {
    dool = "pcp";
    dua = "dust";
    jdk8 = "openjdk21";
    jdk11 = "openjdk21";
    jdk17 = "openjdk21";
    jdk17_headless = "openjdk21";
    jdk8_headless = "openjdk21";
    jdk11_headless = "openjdk21";
    jre8 = "jre_headless";
    openjdk8 = "openjdk21";
    openjdk11 = "openjdk21";
    openjdk17 = "openjdk21";
    lua5_2 = "lua";
    mysql57 = "mariadb";
    mysql80 = "mariadb";
    mysql84 = "mariadb";
    neofetch = "fastfetch";
    nodejs-12_x = "nodejs";
    nodejs-14_x = "nodejs";
    php74 = "php";
    php80 = "php";
    php81 = "php";
    php82 = "php";
    php83 = "php";
    postgresql_9_6 = "postgresql";
    postgresql_10 = "postgresql";
    postgresql_11 = "postgresql";
    postgresql_12 = "postgresql";
    python = "python3";
    python2 = "python3";
    python27 = "python3";
    python36 = "python3";
    python37 = "python3";
    python38 = "python3";
    python39 = "python3";
    python310 = "python3";
    python311 = "python3";
    python312 = "python3";
    python314 = "python3";
    rage = "age";
    tldr = "tealdeer";
    yq-go = "yq";
  };

  # Functions that build software of one language, and other workshops.
  workshops = [
    "buildBazelPackage"
    "buildDotnetModule"
    "buildFHSEnv"
    "buildFHSUserEnv"
    "buildGoModule"
    "buildGoPackage"
    "buildMaven"
    "buildNpmPackage"
    "buildPerlPackage"
    "buildRubyGem"
    "bundlerApp"
    "bundlerEnv"
    "crossSystem"
    "dockerTools"
    "haskellPackages"
    "mkYarnPackage"
    "ocamlPackages"
    "pkgsCross"
    "pkgsMusl"
    "pkgsStatic"
    "pkgsi686Linux"
    "poetry2nix"
    "rustPlatform"
    "testers"
    "vmTools"
  ];

  ways = "; take it from nixpkgs as a further flake input, or fetch its publisher's binary by hash (pkgs.fetchurl, pkgs.hardpan.fetchMember)";

  nearest =
    name:
    let
      names = pkgs.hardpan.nearest name;
    in
    if names == [ ] then
      ""
    else
      "; Debian's nearest names: ${lib.concatMapStringsSep ", " (other: "pkgs.debian.${other}") names}";

  workshop =
    name:
    throw "pkgs.${name} is not offered: software is built here with stdenv.mkDerivation, on Debian's toolchain; take what it makes from nixpkgs as a further flake input";
  missing = name: throw "pkgs.${name}: Debian has no such package${nearest name}${ways}";
  published =
    name: who:
    if pkgs.hardpan.recordOrNull name != null then
      pkgs.debian.${name}
    else
      throw "pkgs.${name}: Debian has no such package; its publisher has a signed Debian archive (${who}): make it an input by a 'debian:<suite>?url=...&keyUrl=...' and put that into hardpan.archives${ways}";
  replaced =
    name: other: throw "pkgs.${name}: Debian has no such package; use pkgs.${other} instead${ways}";
in
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = workshop name;
  }) workshops
)
// builtins.listToAttrs (
  map (name: {
    inherit name;
    value = missing name;
  }) (builtins.fromJSON (builtins.readFile ./missing.json))
)
// builtins.mapAttrs replaced instead
// builtins.mapAttrs published archives

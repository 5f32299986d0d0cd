# Attributes of nixpkgs that Debian has under another name: programs and servers.
#
# A name, several names, or { packages; programs; faceOnly; mainProgram; outputs; }: `programs` gives commands the
# names that nixpkgs has for them (in the image too), `faceOnly` only below the package's own path.
let
  from =
    directory: names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = "${directory}/${name}";
      }) names
    );

  # Debian keeps the servers of each version apart from the commands that choose one.
  postgresql =
    version:
    let
      directory = "/usr/lib/postgresql/${version}/bin";
    in
    {
      packages = [
        "postgresql-${version}"
        "postgresql-client-${version}"
      ];
      programs = from directory [
        "initdb"
        "pg_checksums"
        "pg_controldata"
        "pg_ctl"
        "pg_resetwal"
        "pg_rewind"
        "pg_upgrade"
        "pg_waldump"
        "postgres"
      ];
      faceOnly = from directory [
        "createdb"
        "createuser"
        "dropdb"
        "dropuser"
        "pg_basebackup"
        "pg_dump"
        "pg_dumpall"
        "pg_isready"
        "pg_restore"
        "psql"
        "reindexdb"
        "vacuumdb"
      ];
      mainProgram = "postgres";
    };

  compiler = {
    packages = [
      "gcc"
      "g++"
      "cpp"
      "libc6-dev"
    ];
    mainProgram = "gcc";
  };

  apache = {
    packages = [
      "apache2"
      "apache2-bin"
      "apache2-utils"
    ];
    programs.httpd = "/usr/sbin/apache2";
    mainProgram = "httpd";
  };

  mariadb = {
    packages = [
      "mariadb-server"
      "mariadb-server-core"
      "mariadb-client"
      "mariadb-client-core"
    ];
    mainProgram = "mariadbd";
  };

  java = [
    "openjdk-21-jdk-headless"
    "openjdk-21-jre-headless"
  ];

  dnsutils = {
    packages = [
      "bind9-dnsutils"
      "bind9-host"
    ];
    mainProgram = "dig";
  };

  samba = {
    packages = [
      "samba"
      "samba-common-bin"
      "smbclient"
    ];
    mainProgram = "smbd";
  };

  utilLinux = {
    packages = [
      "util-linux"
      "bsdutils"
      "bsdextrautils"
      "fdisk"
      "mount"
      "uuid-runtime"
      "util-linux-extra"
    ];
    mainProgram = "lsblk";
  };

  emacs = {
    packages = [ "emacs-nox" ];
    mainProgram = "emacs";
  };

  neovim = {
    packages = [ "neovim" ];
    mainProgram = "nvim";
  };

  qemu = {
    packages = [
      "qemu-system-x86"
      "qemu-utils"
    ];
    mainProgram = "qemu-system-x86_64";
  };

  openssh = {
    packages = [
      "openssh-client"
      "openssh-server"
      "openssh-sftp-server"
    ];
    mainProgram = "ssh";
  };

  git = {
    packages = [ "git" ];
    outputs.doc = "git-doc";
  };
in
{
  apacheHttpd = apache;
  apacheHttpd_2_4 = apache;
  httpd = apache;
  ag = "silversearcher-ag";
  silver-searcher = "silversearcher-ag";
  acme-sh = "acme.sh";
  android-tools = [
    "adb"
    "fastboot"
  ];
  avahi = [
    "avahi-daemon"
    "avahi-utils"
  ];
  awscli2 = "awscli";
  backintime = "backintime-common";
  bashInteractive = "bash";
  bashInteractive_5 = "bash";
  bat = {
    packages = [ "bat" ];
    programs.bat = "batcat";
    mainProgram = "bat";
  };
  bind = {
    packages = [
      "bind9"
      "bind9-utils"
    ];
    mainProgram = "named";
    outputs = {
      dnsutils = "bind9-dnsutils";
      host = "bind9-host";
    };
  };
  bird = "bird2";
  bottom = {
    packages = [ "btm" ];
    mainProgram = "btm";
  };
  bridge_utils = "bridge-utils";
  bwm_ng = "bwm-ng";
  cacert = "ca-certificates";
  cdrkit = "genisoimage";
  cdrtools = "genisoimage";
  cifs_utils = "cifs-utils";
  clang-tools = [
    "clang-tools"
    "clang-format"
    "clang-tidy"
    "clangd"
  ];
  clippy = "rust-clippy";
  cloud-utils = {
    packages = [
      "cloud-guest-utils"
      "cloud-image-utils"
    ];
    mainProgram = "growpart";
    outputs.guest = "cloud-guest-utils";
  };
  cloud-utils-guest = "cloud-guest-utils";
  cni-plugins = {
    packages = [ "containernetworking-plugins" ];
    faceOnly = from "/usr/lib/cni" [
      "bandwidth"
      "bridge"
      "dhcp"
      "dummy"
      "firewall"
      "host-device"
      "host-local"
      "ipvlan"
      "loopback"
      "macvlan"
      "portmap"
      "ptp"
      "sbr"
      "static"
      "tap"
      "tuning"
      "vlan"
      "vrf"
    ];
  };
  compsize = "btrfs-compsize";
  conntrack-tools = {
    packages = [
      "conntrack"
      "conntrackd"
    ];
    mainProgram = "conntrack";
  };
  conntrack_tools = "conntrack";
  coreutils-full = "coreutils";
  createrepo_c = "createrepo-c";
  cryptsetup = {
    packages = [ "cryptsetup-bin" ];
    mainProgram = "cryptsetup";
  };
  dbus_daemon = "dbus-daemon";
  ddrescue = "gddrescue";
  delta = {
    packages = [ "git-delta" ];
    mainProgram = "delta";
  };
  dig = dnsutils;
  dnsutils = dnsutils;
  dnsmasq = {
    packages = [
      "dnsmasq"
      "dnsmasq-base"
    ];
    mainProgram = "dnsmasq";
  };
  docker = {
    packages = [
      "docker.io"
      "docker-cli"
    ];
    mainProgram = "docker";
  };
  docker-client = "docker-cli";
  docker_compose = "docker-compose";
  dovecot = {
    packages = [
      "dovecot-core"
      "dovecot-imapd"
      "dovecot-pop3d"
      "dovecot-lmtpd"
    ];
    mainProgram = "dovecot";
  };
  dovecot_pigeonhole = [
    "dovecot-sieve"
    "dovecot-managesieved"
  ];
  dovecot_fts_xapian = "dovecot-fts-xapian";
  drill = "ldnsutils";
  dstat = "pcp";
  dtc = "device-tree-compiler";
  dust = "du-dust";
  emacs = emacs;
  emacs-nox = emacs;
  envsubst = {
    packages = [ "gettext-base" ];
    mainProgram = "envsubst";
  };
  erlang = "erlang-base";
  erlang_nox = "erlang-nox";
  etcd = {
    packages = [
      "etcd-server"
      "etcd-client"
    ];
    mainProgram = "etcd";
  };
  etcdctl = "etcd-client";
  ettercap = "ettercap-text-only";
  exa = "eza";
  exiftool = "libimage-exiftool-perl";
  exim = "exim4-daemon-light";
  fd = {
    packages = [ "fd-find" ];
    programs.fd = "fdfind";
    mainProgram = "fd";
  };
  ffmpeg-full = "ffmpeg";
  ffmpeg-headless = "ffmpeg";
  firebird = "firebird3.0-server";
  flock = "util-linux";
  fortune = "fortune-mod";
  freeipmi = [
    "freeipmi-tools"
  ];
  fuse = "fuse3";
  fwknop = "fwknop-client";
  gcc = compiler;
  gcc14 = compiler;
  gcc-unwrapped = compiler;
  getent = {
    packages = [ "libc-bin" ];
    mainProgram = "getent";
  };
  getconf = {
    packages = [ "libc-bin" ];
    mainProgram = "getconf";
  };
  getmail = "getmail6";
  gettext = [
    "gettext"
    "gettext-base"
  ];
  git = git;
  gitFull = git;
  gitMinimal = git;
  gitSVN = [
    "git"
    "git-svn"
  ];
  gitolite = "gitolite3";
  glibc = {
    packages = [
      "libc6"
      "libc-bin"
    ];
    mainProgram = "ldd";
    outputs = {
      bin = "libc-bin";
      getent = "libc-bin";
      dev = "libc6-dev";
    };
  };
  glibcLocales = "locales";
  glusterfs = [
    "glusterfs-server"
    "glusterfs-client"
  ];
  gnugrep = "grep";
  gnumake = "make";
  gnupg = {
    packages = [
      "gnupg"
      "gpg"
      "gpg-agent"
      "gpgconf"
      "dirmngr"
    ];
    mainProgram = "gpg";
  };
  gnupg22 = {
    packages = [
      "gnupg"
      "gpg"
      "gpg-agent"
      "gpgconf"
      "dirmngr"
    ];
    mainProgram = "gpg";
  };
  gnupatch = "patch";
  gnused = "sed";
  gnutar = "tar";
  gnutls = "gnutls-bin";
  go = "golang-go";
  go_1_24 = "golang-go";
  google-authenticator = "libpam-google-authenticator";
  google-guest-oslogin = "google-compute-engine-oslogin";
  gptfdisk = "gdisk";
  graphviz-nox = "graphviz";
  hcloud = "hcloud-cli";
  helix = {
    packages = [ "hx" ];
    mainProgram = "hx";
  };
  host = "bind9-host";
  hping = "hping3";
  iana-etc = "netbase";
  imagemagick = "imagemagick-7.q16";
  imagemagick7 = "imagemagick-7.q16";
  imagemagickBig = "imagemagick-7.q16";
  inetutils = {
    packages = [
      "inetutils-telnet"
      "iputils-ping"
      "hostname"
      "tnftp"
      "whois"
    ];
    mainProgram = "telnet";
  };
  influxdb = [
    "influxdb"
    "influxdb-client"
  ];
  iproute = "iproute2";
  iptraf = "iptraf-ng";
  iputils = {
    packages = [
      "iputils-ping"
      "iputils-arping"
      "iputils-tracepath"
    ];
    mainProgram = "ping";
  };
  jack_audio = "jackd2";
  jdk = java;
  jdk21 = java;
  jdk_headless = java;
  jdk21_headless = java;
  jre = "openjdk-21-jre-headless";
  jre_headless = "openjdk-21-jre-headless";
  openjdk = java;
  openjdk21 = java;
  openjdk_headless = java;
  kafkacat = "kcat";
  kea = [
    "kea-dhcp4-server"
    "kea-dhcp6-server"
    "kea-ctrl-agent"
    "kea-admin"
  ];
  kerberos = "krb5-user";
  kexectools = "kexec-tools";
  killall = {
    packages = [ "psmisc" ];
    mainProgram = "killall";
  };
  knot-dns = {
    packages = [
      "knot"
      "knot-dnsutils"
    ];
    mainProgram = "knotd";
  };
  krb5 = "krb5-user";
  krb5Full = "krb5-user";
  ksh = "ksh93u+m";
  ldns = "ldnsutils";
  lesspipe = "less";
  libapparmor = "libapparmor1";
  libargon2 = "argon2";
  libarchive = {
    packages = [ "libarchive-tools" ];
    mainProgram = "bsdtar";
  };
  libcap = {
    packages = [ "libcap2-bin" ];
    mainProgram = "setcap";
  };
  libcgroup = "cgroup-tools";
  libnotify = "libnotify-bin";
  libselinux = "selinux-utils";
  libvirt = {
    packages = [
      "libvirt-daemon-system"
      "libvirt-daemon"
      "libvirt-clients"
    ];
    mainProgram = "virsh";
  };
  libwebp = "webp";
  libxml2 = {
    packages = [ "libxml2-utils" ];
    mainProgram = "xmllint";
    outputs.dev = "libxml2-dev";
  };
  libxslt = "xsltproc";
  lm_sensors = {
    packages = [ "lm-sensors" ];
    mainProgram = "sensors";
  };
  lua = "lua5.4";
  lua5 = "lua5.4";
  lua5_4 = "lua5.4";
  lua5_1 = "lua5.1";
  mailcap = "media-types";
  mailman = "mailman3";
  man = "man-db";
  man_db = "man-db";
  man-pages = "manpages";
  mariadb = mariadb;
  mariadb-galera = mariadb;
  mysql = mariadb // {
    packages = mariadb.packages ++ [
      "mariadb-client-compat"
      "mariadb-server-compat"
    ];
  };
  mariadb-client = [
    "mariadb-client"
    "mariadb-client-core"
  ];
  mariadb_tools = "mariadb-client";
  maturin = "python3-maturin";
  mkpasswd = {
    packages = [ "whois" ];
    mainProgram = "mkpasswd";
  };
  mosquitto = [
    "mosquitto"
    "mosquitto-clients"
  ];
  mr = "myrepos";
  mtr = "mtr-tiny";
  mtr-gui = "mtr";
  mu = "maildir-utils";
  multipath_tools = "multipath-tools";
  ncurses = {
    packages = [
      "ncurses-bin"
      "ncurses-base"
    ];
    mainProgram = "tput";
    outputs.dev = "libncurses-dev";
  };
  neovim = neovim;
  neovim-unwrapped = neovim;
  net_snmp = [
    "snmp"
    "snmpd"
  ];
  net-snmp = [
    "snmp"
    "snmpd"
  ];
  netcat = "netcat-openbsd";
  netcat-gnu = "netcat-traditional";
  nettools = "net-tools";
  networkmanager = {
    packages = [ "network-manager" ];
    mainProgram = "nmcli";
  };
  nfs-utils = {
    packages = [
      "nfs-common"
      "nfs-kernel-server"
    ];
    mainProgram = "exportfs";
  };
  nginxMainline = "nginx";
  nginxQuic = "nginx";
  nginxStable = "nginx";
  nginxUnstable = "nginx";
  ninja = "ninja-build";
  nix = {
    packages = [ "nix-bin" ];
    mainProgram = "nix";
  };
  nixStable = "nix-bin";
  nixFlakes = "nix-bin";
  nmap-unfree = "nmap";
  nodejs_20 = "nodejs";
  nodejs-slim = "nodejs";
  ntfs3g = "ntfs-3g";
  ntfsprogs = "ntfs-3g";
  ntfy-sh = "ntfy";
  ntp = "ntpsec";
  nut = [
    "nut-server"
    "nut-client"
  ];
  doas = "opendoas";
  openiscsi = "open-iscsi";
  openldap = {
    packages = [
      "slapd"
      "ldap-utils"
    ];
    mainProgram = "slapd";
  };
  openssh = openssh;
  opensshWithKerberos = openssh;
  openssl = {
    packages = [ "openssl" ];
    outputs = {
      bin = "openssl";
      dev = "libssl-dev";
    };
  };
  openssl_3 = "openssl";
  openvswitch = "openvswitch-switch";
  p11_kit = "p11-kit";
  p7zip = "7zip";
  _7zz = "7zip";
  pdns = "pdns-server";
  powerdns = "pdns-server";
  perf = "linux-perf";
  pgpool = "pgpool2";
  php = "php8.4-cli";
  php84 = "php8.4-cli";
  php-fpm = "php8.4-fpm";
  ping = "iputils-ping";
  pinentry = "pinentry-curses";
  pinentry_curses = "pinentry-curses";
  pinentry_qt = "pinentry-qt";
  pip = "python3-pip";
  pkg-config = "pkgconf";
  pkg-config-unwrapped = "pkgconf";
  pkgconfig = "pkgconf";
  poetry = "python3-poetry";
  poppler_utils = "poppler-utils";
  postgresql_17 = postgresql "17";
  pptp = "pptp-linux";
  procps-ng = "procps";
  pstree = {
    packages = [ "psmisc" ];
    mainProgram = "pstree";
  };
  python3Minimal = "python3-minimal";
  python313 = [
    "python3.13"
    "python3.13-minimal"
  ];
  qemu = qemu;
  qemu_kvm = qemu;
  qemu_full = qemu;
  quasselDaemon = "quassel-core";
  rdiff_backup = "rdiff-backup";
  redis = {
    packages = [
      "redis-server"
      "redis-tools"
    ];
    mainProgram = "redis-server";
  };
  valkey = [
    "valkey-server"
    "valkey-tools"
  ];
  rrsync = {
    packages = [ "rsync" ];
    mainProgram = "rrsync";
  };
  rxvt_unicode = "rxvt-unicode";
  samba = samba;
  samba4 = samba;
  samba4Full = samba;
  sg3_utils = "sg3-utils";
  shadow = {
    packages = [
      "passwd"
      "login"
    ];
    mainProgram = "useradd";
  };
  signify = {
    packages = [ "signify-openbsd" ];
    programs.signify = "signify-openbsd";
    mainProgram = "signify";
  };
  sipp = "sip-tester";
  slurm = "slurm-wlm";
  spawn_fcgi = "spawn-fcgi";
  speedtest_cli = "speedtest-cli";
  sqlite = {
    packages = [ "sqlite3" ];
    mainProgram = "sqlite3";
    outputs = {
      bin = "sqlite3";
      dev = "libsqlite3-dev";
    };
  };
  sqlite-interactive = "sqlite3";
  squashfsTools = "squashfs-tools";
  srt = "srt-tools";
  stack = "haskell-stack";
  strongswan = {
    packages = [
      "charon-systemd"
      "strongswan-swanctl"
    ];
    mainProgram = "swanctl";
  };
  stunnel = "stunnel4";
  systemd = {
    packages = [
      "systemd"
      "udev"
    ];
    mainProgram = "systemctl";
  };
  systemdMinimal = "systemd";
  targetcli = "targetcli-fb";
  telnet = "inetutils-telnet";
  tesseract = "tesseract-ocr";
  tesseract4 = "tesseract-ocr";
  testssl = "testssl.sh";
  tftp_hpa = "tftp-hpa";
  tinc_pre = "tinc";
  transmission_4 = [
    "transmission-daemon"
    "transmission-cli"
  ];
  transmission = [
    "transmission-daemon"
    "transmission-cli"
  ];
  tree-sitter = "tree-sitter-cli";
  ts = "moreutils";
  tunctl = "uml-utilities";
  util-linux = utilLinux;
  utillinux = utilLinux;
  util-linuxMinimal = utilLinux;
  utillinuxMinimal = utilLinux;
  usb_modeswitch = "usb-modeswitch";
  v4l_utils = "v4l-utils";
  vim-full = "vim-nox";
  vimHugeX = "vim-nox";
  vim_configurable = "vim-nox";
  virtmanager = "virt-manager";
  watch = {
    packages = [ "procps" ];
    mainProgram = "watch";
  };
  which = {
    packages = [ "debianutils" ];
    mainProgram = "which";
  };
  wireguard = "wireguard-tools";
  wireshark-cli = "tshark";
  wpa_supplicant = "wpasupplicant";
  xen = "xen-utils-common";
  xxHash = "xxhash";
  xz = {
    packages = [ "xz-utils" ];
    mainProgram = "xz";
    outputs.bin = "xz-utils";
  };
  yarn = {
    packages = [ "yarnpkg" ];
    programs.yarn = "yarnpkg";
    mainProgram = "yarn";
  };
  zfs = "zfsutils-linux";
  zfs_2_3 = "zfsutils-linux";
  zfsUnstable = "zfsutils-linux";
  zsh-completions = "zsh-common";
  OVMF = "ovmf";
  # Outside Debian's component `main`.
  corefonts = "ttf-mscorefonts-installer";
  man-pages-posix = "manpages-posix";
  microcodeAmd = "amd64-microcode";
  microcodeIntel = "intel-microcode";
  rar = "rar";
  unrar = "unrar";
}

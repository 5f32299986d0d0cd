# Numeric ids that never move: what lies on a state partition belongs to a number, not to a name.
#
# Debian gives these accounts whatever id is free when their package is installed. Here each has the same id on every
# machine. Only ever add lines; a line that changes would give one service's files to another. Accounts that are not
# listed have an id that follows from their name alone. 0-99, 100 and 65534 are Debian's own static ids.
{ lib, ... }:
let
  inherit (lib) mkOption types;

  # A user and a group of the same name and number.
  accounts = {
    systemd-network = 998;
    systemd-resolve = 997;
    messagebus = 996;
    sshd = 995;
    _chrony = 994;
    systemd-timesync = 987;
    systemd-coredump = 986;
    systemd-oom = 985;
    systemd-journal-remote = 984;
    polkitd = 983;
    nginx = 979;
    postgres = 978;
    mysql = 977;
    redis = 976;
    prometheus = 975;
    grafana = 974;
    haproxy = 973;
    unbound = 972;
    postfix = 971;
    dovecot = 970;
    opendkim = 969;
    rspamd = 968;
    memcached = 967;
    mosquitto = 966;
    rabbitmq = 965;
    named = 964;
    tss = 963;
    acme = 962;
    node-exporter = 961;
    alertmanager = 960;
    tcpdump = 959;
    _rpc = 958;
    statd = 957;
    caddy = 956;
    vector = 955;
    fluent-bit = 954;
    kubernetes = 953;
    etcd = 952;
    jenkins = 951;
    borg = 950;
    restic = 949;
    git = 948;
    uuidd = 947;
    syslog = 946;
    dnsmasq = 945;
    wwwrun = 944;
  };

  # Groups without a user of that name.
  groups = {
    systemd-journal = 999;
    _ssh = 993;
    input = 992;
    sgx = 991;
    clock = 990;
    kvm = 989;
    render = 988;
    wheel = 980;
    docker = 943;
    podman = 942;
    containerd = 941;
    wireshark = 940;
    crontab = 939;
    ssl-cert = 938;
    netdev = 937;
    keys = 936;
    nixbld = 935;
    postdrop = 934;
    libvirtd = 933;
    lxd = 932;
    incus-admin = 931;
  };

  set = mkOption {
    type = types.attrsOf types.int;
    internal = true;
    default = { };
  };
in
{
  options.ids = {
    uids = set // {
      description = "User ids pinned by name.";
    };
    gids = set // {
      description = "Group ids pinned by name.";
    };
  };

  config.ids = {
    uids = accounts // {
      root = 0;
      nobody = 65534;
    };
    gids = accounts // groups // {
      root = 0;
      users = 100;
      nogroup = 65534;
    };
  };
}

# `boot.kernel.sysctl`: kernel settings at run time.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkOption types;

  # Two modules may each want a number to be at least something; the larger one holds both.
  value = types.mkOptionType {
    name = "sysctl option value";
    description = "kernel setting";
    check =
      value: value == null || builtins.isBool value || builtins.isInt value || types.singleLineStr.check value;
    merge =
      location: definitions:
      let
        values = map (definition: definition.value) definitions;
        name = lib.last location;
        growing = lib.hasSuffix "max_map_count" name || lib.hasSuffix "rmem_max" name || lib.hasSuffix "wmem_max" name;
      in
      if growing && builtins.all builtins.isInt values then
        lib.foldl' lib.max 0 values
      else
        lib.mergeEqualOption location definitions;
  };

  text =
    value: if builtins.isBool value then (if value then "1" else "0") else lib.removeSuffix "\n" (toString value);
  misnamed = builtins.filter (name: builtins.match "[^[:space:]=#;]+" name == null) (builtins.attrNames settings);
  settings = lib.filterAttrs (_: value: value != null) config.boot.kernel.sysctl;

  # Directories of settings that are not there before a module is, by module.
  directories = {
    br_netfilter = [ "net/bridge" ];
    cdrom = [ "dev/cdrom" ];
    cifs = [ "fs/cifs" ];
    fuse = [ "fs/fuse" ];
    ip_vs = [ "net/ipv4/vs" ];
    ipmi_msghandler = [ "dev/ipmi" ];
    lockd = [ "fs/nfs" ];
    md_mod = [ "dev/raid" ];
    mpls_router = [
      "net/mpls"
      "net/mpls/conf"
    ];
    nf_conntrack = [
      "net/netfilter"
      "net/nf_conntrack_max"
    ];
    nfs = [ "fs/nfs" ];
    parport = [ "dev/parport" ];
    rds = [ "net/rds" ];
    sctp = [ "net/sctp" ];
    sg = [ "dev/scsi" ];
    sunrpc = [ "sunrpc" ];
    tipc = [ "net/tipc" ];
    vrf = [ "net/vrf" ];
    xfs = [ "fs/xfs" ];
  };
  # sysctl.d(5): either separator, and a minus sign in front of what may fail. Values are not asked for: whether there is
  # a file must not depend on them.
  paths = map (
    name:
    let
      plain = lib.removePrefix "-" name;
    in
    if builtins.match "[^./]*/.*" plain != null then plain else builtins.replaceStrings [ "." "/" ] [ "/" "." ] plain
  ) (builtins.attrNames config.boot.kernel.sysctl);
  isSet = directory: builtins.any (path: path == directory || lib.hasPrefix "${directory}/" path) paths;
  late = lib.filterAttrs (_: found: found != [ ]) (
    lib.mapAttrs (_: builtins.filter isSet) directories
  );
  known = import ./sysctl-names.nix;
  isKnown = lib.genAttrs known (_: null);
  # Settings of one interface are those of all of them.
  general =
    name:
    let
      # A minus sign in front lets it be absent.
      plain = lib.removePrefix "-" name;
      parts = builtins.match "(net[.]ipv[46][.](conf|neigh))[.].*[.]([^.]+)" plain;
    in
    if parts == null then plain else "${builtins.head parts}.*.${lib.last parts}";
  # Names that the kernel hardly has, because one that it has is spelt almost the same.
  misspelt =
    name:
    let
      nearest = builtins.hardpan.nearest or (_: [ ]) {
        name = general name;
        candidates = known;
      };
      places = lib.hardpan.placesPrefix (lib.hardpan.placesWithin options.boot.kernel.sysctl [ name ]);
    in
    lib.optional (places != "" && nearest != [ ])
      "${places}no kernel setting is called \"${name}\" as far as is known; did you mean \"${builtins.head nearest}\"?";
  doubtful = builtins.filter (name: !(isKnown ? ${general name}) && !lib.hasInfix "/" name) (
    builtins.attrNames settings
  );
in
{
  options.boot.kernel.sysctl = mkOption {
    type = types.lazyAttrsOf value;
    default = { };
    example = {
      "net.ipv4.tcp_syncookies" = true;
      "vm.swappiness" = 60;
    };
    description = "Kernel settings by name. A value of null leaves a setting alone.";
  };

  config = {
    assertions = map (name: {
      assertion = false;
      message = "boot.kernel.sysctl: ${builtins.toJSON name} is not the name of a kernel setting. Leave out blanks, `=`, `#` and `;`.";
    }) misnamed;
    warnings = lib.concatMap misspelt doubtful;

    environment.etc."sysctl.d/60-nixos.conf".text = lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name}=${text value}\n") settings
    );

    # systemd-sysctl runs once, early; whoever loads a module later finds its settings as if it had been there.
    environment.etc."udev/rules.d/99-late-sysctl.rules" = lib.mkIf (late != { }) {
      text = lib.concatStrings (
        lib.mapAttrsToList (
          module: found:
          "ACTION==\"add\", SUBSYSTEM==\"module\", KERNEL==\"${module}\", RUN+=\"/usr/lib/systemd/systemd-sysctl ${
            lib.concatMapStringsSep " " (directory: "--prefix=/${directory}") found
          }\"\n"
        ) late
      );
    };

    # What an attacker on the machine would use, and no server needs. Each can be set otherwise.
    boot.kernel.sysctl = lib.mapAttrs (_: lib.mkDefault) {
      "fs.protected_fifos" = 2;
      "fs.protected_regular" = 2;
      "fs.suid_dumpable" = 0;
      "kernel.dmesg_restrict" = 1;
      "kernel.kptr_restrict" = 2;
      "kernel.sysrq" = 0;
      "kernel.unprivileged_bpf_disabled" = 1;
      "kernel.yama.ptrace_scope" = 2;
      "net.core.bpf_jit_harden" = 2;
      "net.ipv4.conf.all.accept_redirects" = 0;
      "net.ipv4.conf.all.accept_source_route" = 0;
      "net.ipv4.conf.all.log_martians" = 1;
      "net.ipv4.conf.all.rp_filter" = 2;
      "net.ipv4.conf.all.secure_redirects" = 0;
      "net.ipv4.conf.all.send_redirects" = 0;
      # Devices that appear later begin with these; of most settings either this or the one for all is enough.
      "net.ipv4.conf.default.accept_redirects" = 0;
      "net.ipv4.conf.default.accept_source_route" = 0;
      "net.ipv4.conf.default.log_martians" = 1;
      "net.ipv4.conf.default.rp_filter" = 2;
      "net.ipv4.conf.default.secure_redirects" = 0;
      "net.ipv4.conf.default.send_redirects" = 0;
      "net.ipv4.tcp_syncookies" = 1;
      "net.ipv6.conf.all.accept_redirects" = 0;
      "net.ipv6.conf.default.accept_redirects" = 0;
    };
  };
}

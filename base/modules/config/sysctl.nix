# `boot.kernel.sysctl`: kernel settings at run time.
{ config, lib, ... }:
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

    environment.etc."sysctl.d/60-nixos.conf".text = lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name}=${text value}\n") settings
    );

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
      "net.ipv4.conf.all.rp_filter" = 2;
      "net.ipv4.conf.all.send_redirects" = 0;
      "net.ipv4.conf.default.accept_redirects" = 0;
      "net.ipv4.tcp_syncookies" = 1;
      "net.ipv6.conf.all.accept_redirects" = 0;
      "net.ipv6.conf.default.accept_redirects" = 0;
    };
  };
}

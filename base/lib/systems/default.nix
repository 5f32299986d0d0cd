# Platforms: what "x86_64-linux" means.
{ lib }:
let
  inherit (builtins) elemAt isAttrs map;
  cpus = import ./cpus.nix;

  kernelOf = system: elemAt (lib.splitString "-" system) 1;
  cpuOf = system: builtins.head (lib.splitString "-" system);

  doublesOf =
    kernel: names:
    map (cpu: "${cpu}-${kernel}") names;
  linux = doublesOf "linux" (builtins.attrNames cpus);
  darwin = doublesOf "darwin" [
    "aarch64"
    "x86_64"
  ];
  doubles = {
    inherit linux darwin;
    all = linux ++ darwin;
    unix = linux ++ darwin;
    gnu = linux;
    none = [ ];
    x86 = map (cpu: "${cpu}-linux") [
      "i686"
      "x86_64"
    ];
    x86_64 = [
      "x86_64-linux"
      "x86_64-darwin"
    ];
    i686 = [ "i686-linux" ];
    aarch64 = [
      "aarch64-linux"
      "aarch64-darwin"
    ];
    arm = [
      "armv6l-linux"
      "armv7l-linux"
      "aarch64-linux"
    ];
    riscv64 = [ "riscv64-linux" ];
    windows = [ ];
    freebsd = [ ];
    cygwin = [ ];
  };

  parse =
    system:
    let
      name = cpuOf system;
      cpu = cpus.${name} or (throw "the platform `${system}' is not known: the processor `${name}' is none of ${toString (builtins.attrNames cpus)}");
    in
    {
      _type = "system";
      cpu = {
        inherit name;
        inherit (cpu) bits family significantByte;
      };
      kernel = {
        name = kernelOf system;
        execFormat.name = if kernelOf system == "darwin" then "macho" else "elf";
      };
      vendor.name = if kernelOf system == "darwin" then "apple" else "unknown";
      abi.name = if kernelOf system == "darwin" then "unknown" else cpu.abi or "gnu";
    };

  predicates =
    parsed:
    let
      inherit (parsed.cpu) family bits name;
      linuxKernel = parsed.kernel.name == "linux";
    in
    {
      isLinux = linuxKernel;
      isDarwin = !linuxKernel;
      isMacOS = !linuxKernel;
      isUnix = true;
      isElf = linuxKernel;
      isGnu = linuxKernel;
      isMusl = false;
      isWindows = false;
      isCygwin = false;
      isMinGW = false;
      isFreeBSD = false;
      isOpenBSD = false;
      isNetBSD = false;
      isBSD = !linuxKernel;
      isiOS = false;
      isAndroid = false;
      isWasm = false;
      isStatic = false;
      isAvr = false;
      isNone = false;
      is64bit = bits == 64;
      is32bit = bits == 32;
      isLittleEndian = parsed.cpu.significantByte == "littleEndian";
      isBigEndian = parsed.cpu.significantByte == "bigEndian";
      isx86 = family == "x86";
      isx86_32 = family == "x86" && bits == 32;
      isx86_64 = family == "x86" && bits == 64;
      isi686 = name == "i686";
      isAarch = family == "arm";
      isAarch32 = family == "arm" && bits == 32;
      isAarch64 = family == "arm" && bits == 64;
      isArmv7 = name == "armv7l";
      isRiscV = family == "riscv";
      isRiscV64 = family == "riscv" && bits == 64;
      isPower = family == "power";
      isPower64 = family == "power" && bits == 64;
      isMips = family == "mips";
      isLoongArch64 = family == "loongarch";
      isS390 = family == "s390";
      isS390x = family == "s390";
      isEfi = builtins.elem family [
        "x86"
        "arm"
        "riscv"
      ];
    };

  # Everything that is known of a platform; a set is what was said of it so far.
  elaborate =
    given:
    let
      said = if isAttrs given then given else { system = given; };
      system = said.system or (systemOfConfig said.config);
      parsed = parse system;
      cpu = cpus.${parsed.cpu.name};
      platform = {
        inherit system parsed;
        config = "${parsed.cpu.name}-${parsed.vendor.name}-${parsed.kernel.name}${
          if platform.isLinux then "-${parsed.abi.name}" else ""
        }";
        libc = if platform.isLinux then "glibc" else "libSystem";
        extensions = {
          sharedLibrary = if platform.isDarwin then ".dylib" else ".so";
          staticLibrary = ".a";
          library = platform.extensions.sharedLibrary;
          executable = "";
        };
        uname = {
          system = if platform.isLinux then "Linux" else "Darwin";
          processor = cpu.uname or parsed.cpu.name;
          release = null;
        };
        linuxArch = cpu.linux;
        linux-kernel = { };
        darwinArch = if parsed.cpu.name == "aarch64" then "arm64" else parsed.cpu.name;
        qemuArch = cpu.qemu or parsed.cpu.name;
        efiArch = cpu.efi or "unknown";
        ubootArch = cpu.linux;
        go = {
          GOARCH = cpu.go;
          GOOS = parsed.kernel.name;
        };
        node = {
          arch = cpu.node or cpu.go;
          platform = parsed.kernel.name;
        };
        rust.rustcTarget = "${cpu.rust or parsed.cpu.name}-unknown-linux-gnu";
        canExecute =
          other:
          other.system == system
          || (platform.isx86_64 && other.isi686 && other.parsed.kernel.name == parsed.kernel.name);
        emulatorAvailable = _: false;
        useLLVM = false;
        gcc = { };
        isCompatible = _: throw "`isCompatible' is gone: use `canExecute'";
        equals = other: system == other.system;
        # Platforms stand in strings as their double.
        __toString = _: system;
      }
      // predicates parsed
      // (if isAttrs given then removeAttrs given [ "parsed" ] else { });
    in
    platform;

  systemOfConfig =
    config:
    let
      parts = lib.splitString "-" config;
      kernel = lib.findFirst (part: part == "linux" || lib.hasPrefix "darwin" part) "linux" parts;
    in
    "${builtins.head parts}-${if lib.hasPrefix "darwin" kernel then "darwin" else kernel}";
in
{
  inherit doubles elaborate;
  flakeExposed = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  supported.hydra = [ "x86_64-linux" ];
  equals = left: right: (elaborate left).system == (elaborate right).system;
  parse = {
    mkSystemFromString = parse;
    doubleFromSystem = parsed: "${parsed.cpu.name}-${parsed.kernel.name}";
  };
  inspect = {
    predicates = builtins.mapAttrs (name: _: parsed: (predicates parsed).${name}) (predicates (parse "x86_64-linux"));
    patterns = {
      isLinux.kernel.name = "linux";
      isDarwin.kernel.name = "darwin";
      isx86_64.cpu = {
        family = "x86";
        bits = 64;
      };
      isAarch64.cpu = {
        family = "arm";
        bits = 64;
      };
    };
  };
  examples = lib.genAttrs [ "aarch64-multiplatform" "gnu64" ] (
    name: { config = if name == "gnu64" then "x86_64-unknown-linux-gnu" else "aarch64-unknown-linux-gnu"; }
  );
}

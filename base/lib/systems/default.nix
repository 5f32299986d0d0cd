# Platforms: what "x86_64-linux" means.
{ lib }:
let
  inherit (builtins) elemAt isAttrs map;
  cpus = import ./cpus.nix;

  kernelOf = system: elemAt (lib.splitString "-" system) 1;
  cpuOf = system: builtins.head (lib.splitString "-" system);

  architectures = import ./architectures.nix { inherit lib; };
  platforms = import ./platforms.nix;

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

  tripleOf =
    parsed:
    "${parsed.cpu.name}-${parsed.vendor.name}-${parsed.kernel.name}${
      if parsed.kernel.name == "linux" then "-${parsed.abi.name}" else ""
    }";

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
      isMips32 = family == "mips" && bits == 32;
      isMips64 = family == "mips" && bits == 64;
      isRiscV32 = family == "riscv" && bits == 32;
      isAbiElfv2 = name == "powerpc64le";
      isLoongArch64 = family == "loongarch";
      isS390 = family == "s390";
      isS390x = family == "s390";
      isEfi = builtins.elem family [
        "x86"
        "arm"
        "riscv"
      ];
    }
    // builtins.listToAttrs (
      map (name: {
        inherit name;
        value = false;
      }) never
    );

  # What none of the platforms here is.
  never = [
    "isAlpha"
    "isGenode"
    "isGhcjs"
    "isILP32"
    "isJavaScript"
    "isM68k"
    "isMicroBlaze"
    "isMips64n32"
    "isMips64n64"
    "isMmix"
    "isMsp430"
    "isOr1k"
    "isRedox"
    "isRx"
    "isSparc"
    "isSunOS"
    "isUClibc"
    "isVc4"
    "isWasi"
  ];

  # What a package can say of the platforms it is for.
  patterns =
    let
      family = name: { cpu.family = name; };
      bits = count: name: {
        cpu = {
          bits = count;
          family = name;
        };
      };
      kernel = name: { kernel = { inherit name; }; };
      abi = name: { abi = { inherit name; }; };
    in
    {
      isLinux = kernel "linux";
      isDarwin = kernel "darwin";
      isMacOS = kernel "darwin";
      isFreeBSD = kernel "freebsd";
      isNetBSD = kernel "netbsd";
      isOpenBSD = kernel "openbsd";
      isWindows = kernel "windows";
      isCygwin = kernel "cygwin";
      isWasi = kernel "wasi";
      isGnu = abi "gnu";
      isMusl = abi "musl";
      isAndroid = abi "android";
      is32bit.cpu.bits = 32;
      is64bit.cpu.bits = 64;
      isLittleEndian.cpu.significantByte = "littleEndian";
      isBigEndian.cpu.significantByte = "bigEndian";
      isx86 = family "x86";
      isx86_32 = bits 32 "x86";
      isx86_64 = bits 64 "x86";
      isi686.cpu.name = "i686";
      isAarch = family "arm";
      isAarch32 = bits 32 "arm";
      isAarch64 = bits 64 "arm";
      isArmv7.cpu.name = "armv7l";
      isRiscV = family "riscv";
      isRiscV32 = bits 32 "riscv";
      isRiscV64 = bits 64 "riscv";
      isPower = family "power";
      isPower64 = bits 64 "power";
      isMips = family "mips";
      isMips32 = bits 32 "mips";
      isMips64 = bits 64 "mips";
      isLoongArch64 = bits 64 "loongarch";
      isS390 = family "s390";
      isS390x = bits 64 "s390";
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
        config = tripleOf parsed;
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
        inherit
          ({
            linux-kernel = { };
            gcc = { };
          } // platforms.select platform)
          linux-kernel
          gcc
          ;
        isCompatible = _: throw "`isCompatible' is gone: use `canExecute'";
        equals = other: system == other.system;
        # Platforms stand in strings as their double.
        __toString = _: system;
      }
      // predicates parsed
      // builtins.mapAttrs (_: holds: holds (platform.gcc.arch or "default")) architectures.predicates
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
  inherit elaborate architectures platforms;
  doubles = import ./doubles.nix { inherit lib; };
  flakeExposed = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  supported.hydra = [ "x86_64-linux" ];
  equals = left: right: (elaborate left).system == (elaborate right).system;
  parse = {
    mkSystemFromString = parse;
    doubleFromSystem = parsed: "${parsed.cpu.name}-${parsed.kernel.name}";
    tripleFromSystem = tripleOf;
    isSystem = value: value._type or null == "system";
  };
  inspect = {
    inherit patterns;
    predicates = builtins.mapAttrs (name: _: parsed: (predicates parsed).${name}) (predicates (parse "x86_64-linux"));
    platformPatterns.isStatic = {
      parsed = { };
      isStatic = true;
    };
  };
  examples = builtins.mapAttrs (_: config: { inherit config; }) {
    aarch64-darwin = "aarch64-apple-darwin";
    aarch64-multiplatform = "aarch64-unknown-linux-gnu";
    armv7l-hf-multiplatform = "armv7l-unknown-linux-gnueabihf";
    gnu32 = "i686-unknown-linux-gnu";
    gnu64 = "x86_64-unknown-linux-gnu";
    loongarch64-linux = "loongarch64-unknown-linux-gnu";
    powernv = "powerpc64le-unknown-linux-gnu";
    raspberryPi = "armv6l-unknown-linux-gnueabihf";
    riscv64 = "riscv64-unknown-linux-gnu";
    s390x = "s390x-unknown-linux-gnu";
    x86_64-darwin = "x86_64-apple-darwin";
  };
}

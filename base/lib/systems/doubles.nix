# The platforms that packages can name, as `processor-kernel`.
{ lib }:
let
  processorsOf = {
    cygwin = "i686 x86_64";
    darwin = "x86_64 aarch64";
    freebsd = "i686 x86_64 aarch64";
    genode = "aarch64 i686 x86_64";
    ghcjs = "javascript";
    linux = "aarch64 armv5tel armv6l armv7a armv7l i686 loongarch64 m68k microblaze microblazeel mips mips64 mips64el mipsel powerpc64 powerpc64le riscv32 riscv64 s390 s390x x86_64";
    mmixware = "mmix";
    netbsd = "aarch64 armv6l armv7a armv7l i686 m68k mipsel powerpc riscv32 riscv64 x86_64";
    none = "aarch64_be aarch64 arm armv6l avr i686 microblaze microblazeel mips mips64 msp430 or1k m68k powerpc powerpcle riscv32 riscv64 rx s390 s390x vc4 x86_64";
    openbsd = "i686 x86_64";
    redox = "x86_64";
    solaris = "x86_64";
    wasi = "wasm64 wasm32";
    windows = "x86_64 aarch64 i686";
  };
  big = "aarch64_be m68k microblaze mips mips64 mmix or1k powerpc powerpc64 s390 s390x";

  words = lib.splitString " ";
  on = kernel: map (processor: "${processor}-${kernel}") (words processorsOf.${kernel});
  kernels = builtins.mapAttrs (kernel: _: on kernel) processorsOf;
  all = builtins.concatLists (builtins.attrValues kernels);

  processorOf = double: builtins.head (words (builtins.replaceStrings [ "-" ] [ " " ] double));
  ofProcessors = names: builtins.filter (double: builtins.elem (processorOf double) (words names)) all;
  called = pattern: builtins.filter (double: builtins.match pattern (processorOf double) != null) all;
  gnu = kernels.linux;
in
{
  inherit all gnu;
  inherit (kernels)
    cygwin
    darwin
    freebsd
    genode
    linux
    netbsd
    openbsd
    redox
    wasi
    windows
    ;
  none = [ ];
  unix = builtins.concatMap (kernel: kernels.${kernel}) [
    "linux"
    "darwin"
    "freebsd"
    "netbsd"
    "openbsd"
    "solaris"
    "cygwin"
    "redox"
  ];
  illumos = kernels.solaris;
  embedded = kernels.none;
  js = kernels.ghcjs;
  mmix = kernels.mmixware;

  x86 = ofProcessors "i686 x86_64";
  x86_64 = ofProcessors "x86_64";
  i686 = ofProcessors "i686";
  arm = called "arm.*";
  armv7 = called "armv7.*";
  aarch = called "(arm|aarch64).*";
  aarch64 = ofProcessors "aarch64";
  loongarch64 = ofProcessors "loongarch64";
  m68k = ofProcessors "m68k";
  microblaze = called "microblaze.*";
  mips = called "mips.*";
  or1k = ofProcessors "or1k";
  power = called "powerpc.*";
  riscv = called "riscv.*";
  riscv32 = ofProcessors "riscv32";
  riscv64 = ofProcessors "riscv64";
  rx = ofProcessors "rx";
  s390 = called "s390x?";
  s390x = ofProcessors "s390x";
  vc4 = ofProcessors "vc4";

  bigEndian = ofProcessors big;
  littleEndian = lib.subtractLists (ofProcessors big) all;
  mesaPlatforms = builtins.filter (
    double:
    builtins.elem (processorOf double) (
      words "i686 x86_64 armv5tel armv6l armv7l armv7a aarch64 powerpc64 powerpc64le riscv64"
    )
  ) (kernels.linux ++ kernels.darwin);
}

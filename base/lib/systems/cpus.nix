# Processors, and what other projects call them.
let
  little = fields: { significantByte = "littleEndian"; } // fields;
in
{
  x86_64 = little {
    bits = 64;
    family = "x86";
    linux = "x86_64";
    go = "amd64";
    node = "x64";
    efi = "x64";
    debian = "amd64";
  };
  i686 = little {
    bits = 32;
    family = "x86";
    linux = "i386";
    go = "386";
    node = "ia32";
    qemu = "i386";
    efi = "ia32";
    debian = "i386";
  };
  aarch64 = little {
    bits = 64;
    family = "arm";
    linux = "arm64";
    go = "arm64";
    efi = "aa64";
    debian = "arm64";
  };
  armv7l = little {
    bits = 32;
    family = "arm";
    linux = "arm";
    go = "arm";
    qemu = "arm";
    efi = "arm";
    rust = "armv7";
    abi = "gnueabihf";
    debian = "armhf";
  };
  armv6l = little {
    bits = 32;
    family = "arm";
    linux = "arm";
    go = "arm";
    qemu = "arm";
    rust = "arm";
    abi = "gnueabihf";
    debian = "armel";
  };
  riscv64 = little {
    bits = 64;
    family = "riscv";
    linux = "riscv";
    go = "riscv64";
    efi = "riscv64";
    rust = "riscv64gc";
    debian = "riscv64";
  };
  powerpc64le = little {
    bits = 64;
    family = "power";
    linux = "powerpc";
    go = "ppc64le";
    qemu = "ppc64";
    uname = "ppc64le";
    debian = "ppc64el";
  };
  loongarch64 = little {
    bits = 64;
    family = "loongarch";
    linux = "loongarch";
    go = "loong64";
    efi = "loongarch64";
    debian = "loong64";
  };
  s390x = {
    significantByte = "bigEndian";
    bits = 64;
    family = "s390";
    linux = "s390";
    go = "s390x";
    debian = "s390x";
  };
}

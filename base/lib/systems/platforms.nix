# What kernels and compilers want to be told about whole families of machines.
let
  kernel =
    name: target: more:
    {
      inherit name target;
      baseConfig = "defconfig";
      autoModules = true;
    }
    // more;
  board =
    name: target: more:
    kernel name target (
      {
        DTB = true;
        preferBuiltin = true;
      }
      // more
    );

  pc.linux-kernel = kernel "pc" "bzImage" { };
  aarch64-multiplatform = {
    linux-kernel = board "aarch64-multiplatform" "Image" { };
    gcc.arch = "armv8-a";
  };
  armv7l-hf-multiplatform = {
    linux-kernel = board "armv7l-hf-multiplatform" "zImage" { baseConfig = "multi_v7_defconfig"; };
    gcc = {
      arch = "armv7-a";
      fpu = "vfpv3-d16";
    };
  };
  raspberrypi = {
    linux-kernel = board "raspberrypi" "zImage" { baseConfig = "bcm2835_defconfig"; };
    gcc = {
      arch = "armv6kz";
      fpu = "vfpv2";
    };
  };
  riscv-multiplatform.linux-kernel = board "riscv-multiplatform" "Image" { };
  powernv.linux-kernel = kernel "powernv" "vmlinux" { baseConfig = "powernv_defconfig"; };
  apple-m1.gcc = {
    arch = "armv8.3-a+crypto+sha2+aes+crc+fp16+lse+simd+ras+rdm+rcpc";
    cpu = "apple-a13";
  };
in
{
  inherit
    pc
    aarch64-multiplatform
    armv7l-hf-multiplatform
    raspberrypi
    riscv-multiplatform
    powernv
    apple-m1
    ;
  pc_simplekernel = pc // {
    linux-kernel = pc.linux-kernel // {
      autoModules = false;
    };
  };

  # The family that an elaborated platform belongs to.
  select =
    platform:
    if platform.isx86 then
      pc
    else if platform.isAarch64 then
      (if platform.isDarwin then apple-m1 else aarch64-multiplatform)
    else if platform.isArmv7 then
      armv7l-hf-multiplatform
    else if platform.isAarch32 then
      raspberrypi
    else if platform.isRiscV then
      riscv-multiplatform
    else if platform.parsed.cpu.name == "powerpc64le" then
      powernv
    else
      { };
}

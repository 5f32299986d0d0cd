# Options of NixOS that change nothing on an image, each with the reason. They are accepted and `hardpan check` lists them.
{ lib, ... }:
let
  noMeaning = lib.hardpan.mkNoMeaning;
in
{
  imports = [
    (noMeaning "the boot loader is systemd-boot, laid out when the image is written" [
      "boot.loader.grub"
      "boot.loader.systemd-boot"
      "boot.loader.efi"
      "boot.loader.generic-extlinux-compatible"
      "boot.loader.raspberryPi"
      "boot.loader.external"
      "boot.loader.initScript"
      "boot.loader.supportsInitrdSecrets"
      "boot.loader.generationsDir"
    ])
    (noMeaning "the initrd of an image is one program that knows the image's own root" [
      "boot.initrd.enable"
      "boot.initrd.systemd"
      "boot.initrd.supportedFilesystems"
      "boot.initrd.compressor"
      "boot.initrd.compressorArgs"
      "boot.initrd.verbose"
      "boot.initrd.checkJournalingFS"
      "boot.initrd.includeDefaultModules"
      "boot.initrd.services"
      "boot.growPartition"
      "boot.plymouth"
      "boot.isContainer"
      "boot.hardwareScan"
    ])
    (noMeaning "nothing is built on the machine, so there is no Nix on it" [
      "nix"
      "system.autoUpgrade"
      "system.copySystemConfiguration"
      "system.switch"
      "system.rebuild"
      "system.tools"
      "system.disableInstallerTools"
      "system.forbiddenDependenciesRegexes"
      "system.includeBuildDependencies"
      "programs.nix-ld"
      "programs.nh"
      "programs.command-not-found"
      "programs.nix-index"
      "services.nix-serve"
    ])
    (noMeaning "an image holds no documentation" [ "documentation" ])
    (noMeaning "the processor's microcode is the hypervisor's or the firmware's" [
      "hardware.cpu.intel.updateMicrocode"
      "hardware.cpu.amd.updateMicrocode"
    ])
    (noMeaning "drivers come with Debian's kernel" [
      "boot.extraModulePackages"
      "boot.kernelPatches"
      "hardware.enableRedistributableFirmware"
      "hardware.enableAllFirmware"
      "hardware.enableAllHardware"
      "hardware.graphics"
      "hardware.opengl"
      "hardware.bluetooth"
      "hardware.pulseaudio"
      "hardware.nvidia"
      "sound"
    ])
    (noMeaning "a server has no desktop" [
      "services.xserver"
      "services.libinput"
      "services.pipewire"
      "services.printing"
      "services.displayManager"
      "services.desktopManager"
      "xdg"
      "fonts"
      "gtk"
      "qt"
    ])
    (noMeaning "a virtual machine's clock and frequency are its host's" [
      "services.upower"
      "services.thermald"
      "services.tlp"
      "services.auto-cpufreq"
      "powerManagement"
    ])
  ];
}

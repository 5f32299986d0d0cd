# A guest of QEMU: the small kernel and a serial console.
_:
{
  imports = [ ../virtualisation/cloud.nix ];
}

{
  scripts = {
    postinst = {
      sha256 = [ "7a95419baad7f5e6cfa7a422ae8965e67a5b25f9c74fa6cb6596090c1c236793" ];
      by = "base/modules/image/state.nix (machine id, journal), base/modules/system/boot/systemd.nix (units, accounts of sysusers.d); the catalogue of messages stays out";
    };
    preinst = {
      sha256 = [ "bcf12d1b4fa4b7a22e9ab7db0fd273839c35036576946158a996887da96b080e" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

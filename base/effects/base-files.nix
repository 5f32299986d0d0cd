{
  scripts = {
    postinst = {
      sha256 = [ "c3afcbe1aa12e56b62955e75bbf432f21446c4901e66f19468f68351791b08be" ];
      by = "base/modules/image/state.nix (mount points, /var, log files), base/modules/config/environment.nix (profile, motd)";
    };
    preinst = {
      sha256 = [ "e593a5b0e3be354a3c0c0c0b5905de242da960e50bc0bb6d8f128247f125088a" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

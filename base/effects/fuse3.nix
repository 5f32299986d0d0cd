{
  scripts = {
    postinst = {
      sha256 = [ "6c147280d7e73270a6297a2a87a603cb665d12f0d0eafee2cb15b73cb5c16b39" ];
      by = "base/modules/image/privileges.nix: fusermount3 is not setuid; who may mount does so with sudo";
    };
    preinst = {
      sha256 = [ "649f885a24469c04b5eb7369a916c86bb531b161fc38344b649ad6ba683a8cf3" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

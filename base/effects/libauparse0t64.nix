{
  scripts = {
    preinst = {
      sha256 = [ "c0a3bf6d809d5ed81ea9f60917f177997e4b5d9ac4b59c443decf91d01e5fbf8" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

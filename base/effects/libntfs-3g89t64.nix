{
  scripts = {
    postinst = {
      sha256 = [ "82ea3be9b8406476b8e11db0364d280ad5b827c54dbb64c1a401203477d94949" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
    preinst = {
      sha256 = [ "5f9c61d83bc69bba2135227ba8acd74eace9272693104f0604c259b9b66d73a0" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

{
  scripts = {
    preinst = {
      sha256 = [ "3e80595cce09408210cd772572b7ebcfba3d04f21a882bd6863b9eac27eba75b" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

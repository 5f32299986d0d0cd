{
  scripts = {
    preinst = {
      sha256 = [ "0252da96594e343918cea054ce582e33a6db98c60ae15984ccfb25ec9d0c460f" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

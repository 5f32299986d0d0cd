{
  scripts = {
    postinst = {
      sha256 = [ "cddcb049fa57988f1be16035569af310a7f9cb6bc401dd9c732ee01d956f97d8" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
    preinst = {
      sha256 = [ "09dbf6d394e92c0c694fd8c17cfcbc198af5072f605dc006205a172293fa977d" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "02d8631d99ae88410aa851e9f118c914eb485f10488783a823402f884aad8de9" ];
      by = "settings of lighttpd, which no module offers";
    };
  };
}

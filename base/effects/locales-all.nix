{
  scripts = {
    postinst = {
      sha256 = [ "c67199a4da7a89732060f323beb99c1e39932d049673119aa9121302dd12cbf8" ];
      by = "removes an archive that an older version left";
    };
  };
}

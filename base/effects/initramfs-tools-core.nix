{
  scripts = {
    postinst = {
      sha256 = [ "e8d9c35579888fed56d0481943669dc6c62c90aff7ce3825893171fb1d2f177f" ];
      by = "makes an initrd anew; the image brings its own";
    };
  };
}

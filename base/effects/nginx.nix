{
  scripts = {
    postinst = {
      sha256 = [ "00403902bfafffa4114d577c1f2562bae537e12772d33afe49829fb6d07efe6a" ];
      by = "restarts a running server";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "071b54e43eefffec56c06210f2067d1e881d6f6e68adba3f9a3aabebd8d96047" ];
      by = "makes an initrd anew; the image brings its own";
    };
  };
}

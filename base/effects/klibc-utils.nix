{
  scripts = {
    postinst = {
      sha256 = [ "064b4f109b1b49dbb4669206d2e0a23f87a4eb109e7be4b3e16ebfe9d2a438b5" ];
      by = "makes an initrd anew; the image brings its own";
    };
  };
}

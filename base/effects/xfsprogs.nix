{
  scripts = {
    postinst = {
      sha256 = [ "e73ce212e9dcb14a84bf823dcd619c0aa2ed944d5e2d4cd73cfad843f414a297" ];
      by = "makes an initrd anew; the image brings its own";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "980c52ee018966b59059456ec76e83b7ff1a5a7f69af6c7b77a441884decee05" ];
      by = "makes an initrd anew; the image brings its own";
    };
    preinst = {
      sha256 = [ "0ac4873d936cbf6ea2c958b686aa5097f82306e1bd50fa6eff1b95337664dac1" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
  onlyWith.libss2 = [ "/usr/sbin/debugfs" ];
}

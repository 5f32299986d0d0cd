{
  scripts = {
    preinst = {
      sha256 = [ "878d4b0d58cf0da5252f06f58dbbbe33272ab034d23a081d67fcece5c56deaa4" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

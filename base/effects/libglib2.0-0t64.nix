{
  scripts = {
    postinst = {
      sha256 = [ "f5c9ea86b89e5daaef19a1a7e86e82f50c814607d3b4881b8a7c01a2ef4544cc" ];
      by = "caches of settings and modules of desktops; without them the folders are read";
    };
    preinst = {
      sha256 = [ "1684ed66ce269855164eeef6091ad130dc8e656a8dde80cab519c15653975f97" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "6f340d6f42656afda2c355c0f8359890d88ae73ca1dc0ff634e4854a207ca841" ];
      by = "base/modules/security/sudo.nix writes sudoers with mode 0440";
    };
    preinst = {
      sha256 = [ "e1dcae871e489c82f76c50dafdf1358dcc84ae59534dea3d6a4bd3514b82d1c0" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "7beb9854ed70640a6f681602150cc6789dd81d7b611c961036b1dc1c5b844368" ];
      by = "base/modules/services/networking/ssh/sshd.nix writes sshd_config and makes host keys when the machine first boots";
    };
    preinst = {
      sha256 = [ "2b65416763d9cb2734fe1d2762b2b79fe25a47c76c3d96daf410c96307fec7d6" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

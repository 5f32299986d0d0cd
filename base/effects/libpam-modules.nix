{
  scripts = {
    postinst = {
      sha256 = [ "ddf77f362eeeb9720f05fa59cc2583aeda90a25ec721dd6807e0eda568ce84d1" ];
      by = "base/modules/security/pam.nix writes security/opasswd and the services";
    };
    preinst = {
      sha256 = [ "87c5a9bcde481ad65bb699df2693b69756622e6d0a6592b2f2d5d881b97e0580" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

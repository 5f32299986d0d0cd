{
  scripts = {
    postinst = {
      sha256 = [ "d781477cac1b221378593aaacc180228b91cc8e17196a6f898e141b48dbd3109" ];
      by = "base/modules/image/base.nix: the pager is less";
    };
  };
}

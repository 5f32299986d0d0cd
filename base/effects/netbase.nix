{
  scripts = {
    postinst = {
      sha256 = [ "f1f034ca93a9e934b934239acb18d12904d1a20c5b5dd74730af30dbd480585c" ];
      by = "base/modules/config/networking.nix writes hosts and networks";
    };
  };
}

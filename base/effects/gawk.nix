{
  scripts = {
    postinst = {
      sha256 = [ "95e1e850c9df6ac5534ec74e67f94b3f1e579216d54ce7e83a06860dc6c40439" ];
      by = "base/modules/image/base.nix: awk is mawk unless the configuration says otherwise";
    };
  };
}

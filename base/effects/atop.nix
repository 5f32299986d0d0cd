{
  scripts = {
    postinst = {
      sha256 = [ "6d8dbdbde59661b25715680ab512d6eb5fdf0a6b4cf1efa5881ce55e43321252" ];
      by = "converts logs of an older version; a new machine has none";
    };
  };
}

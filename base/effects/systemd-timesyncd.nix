{
  scripts = {
    postinst = {
      sha256 = [ "68c1cf0de826c413450e7a666d13b6bb93734b7f78ad040465be8c194a58d34f" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

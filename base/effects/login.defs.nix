{
  scripts = {
    postinst = {
      sha256 = [ "b6a6ee46fff116770120ec86c39a1c2bdf3485699d4213c47596327d57a65d0a" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "ff2a3a7a0e74ceac331ca5ad22e7ef57c974a7b891a9b1e7f3def4377ec6f1b5" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
    preinst = {
      sha256 = [ "964a417b9c330f80213fe8aebb1f44eaea307203962aecb0de493742583bb454" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

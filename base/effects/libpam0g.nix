{
  scripts = {
    postinst = {
      sha256 = [ "115eb8d446552fa63d3dff297ab1c69c065c44a50f7dd69c34284c8991b589c6" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place: it restarts services";
    };
  };
}

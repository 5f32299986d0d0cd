{
  scripts = {
    postinst = {
      sha256 = [ "2680be880ad4d07f1e07b7d9fbe656781f1816853f1f2ad6663d3d06210e744c" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
    preinst = {
      sha256 = [ "98b905c55c9bb1a18eeda637334157666106c00c232b691d2e14faf561e560e8" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "33e4c16d76feda60110db808a5a18a2bd30e72dd4c6f44c31170c25a63e7214a" ];
      by = "alternatives of manual pages";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "22b1db010859db57c9bbc2ff275774375204043884a79f9b55368b21a7d46006" ];
      by = "serves dpkg on the machine, which no image runs";
    };
  };
}

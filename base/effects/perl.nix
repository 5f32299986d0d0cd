{
  scripts = {
    postinst = {
      sha256 = [ "cebad2b86e1823e6c3cc40d3eae6e4a4dad67177b7c3a47bb5b1fa7df3ba4337" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

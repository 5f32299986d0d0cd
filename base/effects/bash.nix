{
  scripts = {
    postinst = {
      sha256 = [ "6d1b5aafa381703582cefe6ba5e4b7b0cfa7f10b0b0a9b299361c4afd5172a21" ];
      by = "/bin/sh is in dash, and there are no manual pages to link";
    };
  };
}

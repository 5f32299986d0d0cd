{
  scripts = {
    postinst = {
      sha256 = [ "d35b4f411365be0694d8f423077c8d0f857739d64bc459c7c213ee922213b680" ];
      by = "serves dpkg on the machine, which no image runs";
    };
    preinst = {
      sha256 = [ "1925d252696a0cff484af986b8ecd084f25f686b82a2cc7db2a6f7b80d7bbcb9" ];
      by = "serves dpkg on the machine, which no image runs";
    };
  };
}

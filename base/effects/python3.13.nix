{
  scripts = {
    postinst = {
      sha256 = [ "aa141d83b50d64e7c950e6f8923c68b29f44dd8b48118c5d009ecee6eae13f7c" ];
      by = "byte code is made in memory when a program starts; nothing else is done";
    };
  };
}

{
  scripts = {
    preinst = {
      sha256 = [ "d4f15fdebd561ca78379311cbb12a4fbffcda2286c7b6da3e96652d927619061" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

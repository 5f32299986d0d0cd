{
  scripts = {
    postinst = {
      sha256 = [ "a5d6ce477b89eb9a79a3c1230b24bf6723c66a9820ec4b2d174a12660ee29efd" ];
      by = "compiles the database of hardware, which servers in clouds do without";
    };
    preinst = {
      sha256 = [ "33156ebba3feb7eb48501cf402a6a147ac1c988bf03de0bed80f0b1d13010309" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

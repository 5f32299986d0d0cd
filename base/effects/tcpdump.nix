{
  scripts = {
    postinst = {
      sha256 = [ "10fb457f4b5d91465cc3ec29f4707405c551ada98513736b4bbf1ce67ad2c9e4" ];
      by = "the user is in this file";
    };
  };
  users = {
    tcpdump = {
    };
  };
}

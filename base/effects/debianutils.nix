{
  scripts = {
    postinst = {
      sha256 = [ "d15926d4a2130c02b368e2a609fbeb563455355e717007937e36893f88668eff" ];
      by = "the command which is an alternative (base/modules/image/base.nix); /etc/shells is written by the linker";
    };
  };
}

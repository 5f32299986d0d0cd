{
  scripts = {
    postinst = {
      sha256 = [ "1c681aec0a7dd580faf35d36ff99f9f425552bda594ef00a535929de3b22c442" ];
      by = "base/modules/config/i18n.nix: the language is an option, and locales-all holds all of them; none is made";
    };
  };
  onlyWith.perl-base = [
    "/usr/sbin/update-locale"
    "/usr/sbin/validlocale"
  ];
}

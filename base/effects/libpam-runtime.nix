{
  scripts = {
    postinst = {
      sha256 = [ "df5d1ba9ea9787e230eee0a0a8feaee02265cc30485b6bd9f6828bbedb4eb401" ];
      by = "base/modules/security/pam.nix writes each service whole; the shared files are not used";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "9676b50824cd2cf352fc05380dcfc7b60e1471d8c7643c03abe17c938266a717" ];
      by = "base/modules/security/audit.nix writes the rules";
    };
  };
}

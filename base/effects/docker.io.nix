{
  scripts = {
    postinst = {
      sha256 = [ "b0d718a0393c4463e079b6598b3f5fd33ed88542741fbb53c76e5e115d3bb340" ];
      by = "the group is in this file";
    };
  };
  groups = [ "docker" ];
}

{
  scripts = {
    postinst = {
      sha256 = [ "1199c855f24e9f8e84af61d661f4f7baaaa21ddbadbeb59c927c38a4af1a7187" ];
      by = "the group is in this file; a key belongs to a machine and is never in an image";
    };
  };
  groups = [ "ssl-cert" ];
}

{
  scripts = {
    postinst = {
      sha256 = [ "ca7650d47552e255d077af840810851d3af9712fcb6ac7eb2a800435a37d5dfe" ];
      by = "the user is in this file";
    };
  };
  users = {
    haproxy = {
      home = "/var/lib/haproxy";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "11a3d240c248d3613b163ee639c058ab43062fbbcb7c49e5508842d87d40e567" ];
      by = "the capability is in this file";
    };
  };
  permissions = [
    {
      path = "/usr/bin/mtr-packet";
      capabilities = "cap_net_raw=ep";
    }
  ];
}

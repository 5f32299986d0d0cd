{
  scripts = {
    postinst = {
      sha256 = [ "61e41b0b9aa3409abada3ec3f589592bebb83eb631d2168feca45e8c3614c926" ];
      by = "base/modules/services/web-servers/caddy.nix: user and directories";
    };
  };
  users = {
    caddy = {
      description = "Caddy web server";
      home = "/var/lib/caddy";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "bbf3e3509dc1d59ca7442e81c6947001a163c18a269cd3a9fd13601fb1b06246" ];
      by = "the user is in this file";
    };
  };
  users = {
    _rpc = {
      home = "/run/rpcbind";
      group = "nogroup";
    };
  };
}

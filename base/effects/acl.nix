{
  scripts = {
    postinst = {
      sha256 = [ "a1aa11fb6b493a5e1aa2191dc5960a9d3e0eedcf6b9e485afcfdf1e705e8474e" ];
      by = "guards an upgrade to merged /usr; the linker puts everything below /usr";
    };
  };
}

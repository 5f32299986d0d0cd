{
  scripts = {
    preinst = {
      sha256 = [ "53e6189987b96ae3769a052aff8f04a889110393a9e74e2c37bc8fc524b9620f" ];
      by = "catalogues that only build tools read";
    };
  };
}

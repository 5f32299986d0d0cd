{
  scripts = {
    postinst = {
      sha256 = [ "9771057d64c74e62068f4bd72a9dfc74a802d6ee98ecf6f54f74ba1acd138787" ];
      by = "the alternative is in this file";
    };
  };
  alternatives = {
    "/usr/bin/pinentry" = "/usr/bin/pinentry-curses";
  };
}

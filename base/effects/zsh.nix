{
  scripts = {
    postinst = {
      sha256 = [ "2685749f9a17587117136606fec2fee108f904d00dfd096d320b7db7e559a2f7" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
  # A module that the package only suggests a library for.
  onlyWith.libgdbm6t64 = [ "/usr/lib/*/zsh/*/zsh/db/gdbm.so" ];
}

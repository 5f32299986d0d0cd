{
  scripts = {
    postinst = {
      sha256 = [ "2abf158f747cbecce5b28a7027f09ddea7ddde00920ce4d9e792de92b9aa76a2" ];
      by = "base/modules/programs/shells.nix: the linker writes /etc/shells";
    };
  };
}

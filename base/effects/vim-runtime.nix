{
  scripts = {
    postinst = {
      sha256 = [ "6283590375b28d23f31de050823e4fe38300e4019a53fef10fffdd875db90a18" ];
      by = "an index of the help of further plug-ins";
    };
    preinst = {
      sha256 = [ "afadd4454596c7b15401370ac9746a27829aadb8e8369f2c4328b34ad8c8e7eb" ];
      by = "moves two files of vim-tiny away, which an image has not beside it";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "a5f4a07edfb37614c3a643f8413ed15bc9bfe321681964fc94726a82391d5841" ];
      by = "the alternatives are in this file";
    };
  };
  alternatives = {
    "/usr/bin/lzcat" = "/usr/bin/xzcat";
    "/usr/bin/lzcmp" = "/usr/bin/xzcmp";
    "/usr/bin/lzdiff" = "/usr/bin/xzdiff";
    "/usr/bin/lzegrep" = "/usr/bin/xzegrep";
    "/usr/bin/lzfgrep" = "/usr/bin/xzfgrep";
    "/usr/bin/lzgrep" = "/usr/bin/xzgrep";
    "/usr/bin/lzless" = "/usr/bin/xzless";
    "/usr/bin/lzma" = "/usr/bin/xz";
    "/usr/bin/lzmore" = "/usr/bin/xzmore";
    "/usr/bin/unlzma" = "/usr/bin/unxz";
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "01d0ce8ac3b7cd30e42d588bddf13c3cede1c6c696550295bc83922a32938630" ];
      by = "the group shadow is Debian's static one; the linker writes shadow and gshadow";
    };
  };
}

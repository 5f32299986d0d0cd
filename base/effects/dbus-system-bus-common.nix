{
  scripts = {
    postinst = {
      sha256 = [ "c30ab546878ab542cd2e7087412f3ee7b99a051933439e659ab829ff776f55ca" ];
      by = "the user is in the package's sysusers.d, which the linker reads";
    };
  };
}

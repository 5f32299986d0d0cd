{
  scripts = {
    postinst = {
      sha256 = [ "4eed7466e8f44c6b480002d80becc0d998c462b759c0118e285170a93f4b3dca" ];
      by = "alternatives of mt and rmt, which drive tapes";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "943223c64afa4b0047dbcf4b9f869da7ce4a852afa41407d3110cb4c3a6fcc46" ];
      by = "base/modules/security/pam.nix: sessions of services with startSession are registered";
    };
  };
}

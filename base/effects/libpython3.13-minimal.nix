{
  scripts = {
    postinst = {
      sha256 = [ "5a64ba566896edb9350037136a5d2bd7c811e415f98862cb0a0820451127c2f2" ];
      by = "writes /etc/python3.13/sitecustomize.py, which stays empty; byte code is compiled by base/pkgs/debian/byte-code.nix; nothing else is done";
    };
  };
}

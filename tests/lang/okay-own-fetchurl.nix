let
  fetchurl = import <nix/fetchurl.nix>;
in
[
  (fetchurl {
    url = "https://example.org/a.tar.gz";
    sha256 = "0000000000000000000000000000000000000000000000000000";
  }).drvPath
  (fetchurl {
    url = "https://example.org/b";
    name = "bb";
    hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    executable = true;
  }).drvPath
  (fetchurl {
    url = "https://example.org/b";
    sha1 = "0000000000000000000000000000000000000000";
    unpack = true;
    system = "ignored";
  }).drvPath
  (builtins.functionArgs fetchurl)
]

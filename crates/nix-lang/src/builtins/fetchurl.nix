# `<nix/fetchurl.nix>`: a derivation that the builder itself realises, for what is needed before any other fetcher is.
let
  # The digest that a caller gave, and in which algorithm; none where the digest says it itself.
  digest =
    {
      hash,
      sha512,
      sha256,
      sha1,
      md5,
    }:
    if hash != "" then
      { algorithm = ""; value = hash; }
    else if sha512 != "" then
      { algorithm = "sha512"; value = sha512; }
    else if sha1 != "" then
      { algorithm = "sha1"; value = sha1; }
    else if md5 != "" then
      { algorithm = "md5"; value = md5; }
    else
      { algorithm = "sha256"; value = sha256; };
in
{
  url,
  name ? baseNameOf (toString url),
  executable ? false,
  unpack ? false,
  hash ? "",
  sha512 ? "",
  sha256 ? "",
  sha1 ? "",
  md5 ? "",
  outputHash ? (digest { inherit hash sha512 sha256 sha1 md5; }).value,
  outputHashAlgo ? (digest { inherit hash sha512 sha256 sha1 md5; }).algorithm,
  # Means nothing; old callers pass it.
  system ? "",
  impure ? false,
}:
derivation (
  {
    builder = "builtin:fetchurl";
    system = "builtin";
    inherit name url executable unpack;
    urls = [ url ];
    outputHashMode = if unpack || executable then "recursive" else "flat";
    preferLocalBuild = true;
    # A proxy changes how the file comes, not what it is.
    impureEnvVars = [
      "http_proxy"
      "https_proxy"
      "ftp_proxy"
      "all_proxy"
      "no_proxy"
    ];
  }
  // (if impure then { __impure = true; } else { inherit outputHash outputHashAlgo; })
)

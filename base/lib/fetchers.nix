# For functions that fetch sources: variables they may see, and one way to give a hash.
{ lib }:
let
  variables = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
  ];
  algorithms = [
    "sha256"
    "sha512"
    "sha1"
    "md5"
  ];
  prefixed = algorithm: hash: if lib.hasPrefix "${algorithm}-" hash || lib.hasInfix ":" hash then hash else "${algorithm}:${hash}";
  named = arguments: builtins.filter (name: arguments ? ${name}) ([ "hash" ] ++ algorithms);

  # Whichever of `hash`, `sha256` and so on is given becomes `outputHash`; an empty one is a hash of zeros.
  normalizeHash =
    {
      hashTypes ? [ "sha256" ],
      required ? true,
    }:
    arguments:
    let
      given = named arguments;
      name = builtins.head given;
      value = arguments.${name};
      algorithm = if name == "hash" then null else name;
    in
    if given == [ ] then
      (if required then throw "fetchers: one of `hash' and ${lib.concatMapStringsSep ", " (type: "`${type}'") hashTypes} must be given" else arguments)
    else if builtins.length given > 1 then
      throw "fetchers: several hashes are given: ${lib.concatStringsSep ", " given}"
    else
      removeAttrs arguments given
      // {
        outputHash =
          if value == "" then
            lib.fakeHash
          else if algorithm == null then
            value
          else
            prefixed algorithm value;
        outputHashAlgo = if value == "" || algorithm == null then null else algorithm;
      };
in
{
  inherit normalizeHash;
  proxyImpureEnvVars = variables ++ map lib.toUpper variables;
  withNormalizedHash =
    settings: fetcher:
    let
      arguments = lib.functionArgs fetcher;
    in
    lib.setFunctionArgs (given: fetcher (normalizeHash settings given)) (
      removeAttrs arguments [
        "outputHash"
        "outputHashAlgo"
      ]
      // {
        hash = true;
        sha256 = true;
      }
    );
}

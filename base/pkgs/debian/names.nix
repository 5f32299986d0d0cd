# Turns Debian names and versions into names that may stand in a store path, and into upstream versions.
let
  allowed = "[^a-zA-Z0-9+._?=-]+";
  replaceOthers =
    text:
    builtins.concatStringsSep "-" (builtins.filter builtins.isString (builtins.split allowed text));

  withoutEpoch =
    version:
    let
      parts = builtins.match "[0-9]+:(.*)" version;
    in
    if parts == null then version else builtins.head parts;

  withoutRevision =
    version:
    let
      parts = builtins.match "(.*)-[^-]*" version;
    in
    if parts == null then version else builtins.head parts;

  # `2.1.3+dfsg1` and `2.1.3~ds` are upstream's 2.1.3 with files taken out.
  withoutRepack =
    version:
    let
      parts = builtins.match "([^+~]*)[+~.-](dfsg|ds|repack)[0-9a-z.+~]*" version;
    in
    if parts == null then version else builtins.head parts;
in
{
  # A name for a store path: other characters become `-`, and it does not begin with a dot.
  storeName =
    text:
    let
      name = replaceOthers text;
    in
    if builtins.substring 0 1 name == "." then "_${name}" else name;

  # `1:9.2p1-2+deb12u3` is upstream's `9.2p1`.
  upstreamVersion = version: withoutRepack (withoutRevision (withoutEpoch version));
}

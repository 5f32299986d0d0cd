# Functions of old that configurations still call.
{ lib }:
let
  names = [
    "propagatedBuildInputs"
    "propagatedNativeBuildInputs"
  ];
  propagated = package: builtins.filter lib.isDerivation (builtins.concatMap (name: package.${name} or [ ]) names);
in
{
  # Packages and all that they propagate, each once.
  closePropagation =
    packages:
    map (node: node.package) (
      builtins.genericClosure {
        startSet = map (package: {
          key = package.outPath;
          inherit package;
        }) (builtins.filter lib.isDerivation (lib.flatten packages));
        operator =
          node:
          map (package: {
            key = package.outPath;
            inherit package;
          }) (propagated node.package);
      }
    );
  mapAttrsFlatten = lib.mapAttrsToList;
  maybeAttr =
    name: otherwise: set:
    set.${name} or otherwise;
  maybeEnv =
    name: otherwise:
    let
      value = builtins.getEnv name;
    in
    if value == "" then otherwise else value;
  nvs = name: value: [ (lib.nameValuePair name value) ];
  setAttr =
    set: name: value:
    set // { ${name} = value; };
  uniqList =
    {
      inputList,
      acc ? [ ],
    }:
    lib.foldl' (kept: value: if builtins.elem value kept then kept else kept ++ [ value ]) acc inputList;
}

# Paths as values: appending, splitting, and relative paths in strings.
{ lib }:
let
  inherit (builtins)
    elem
    filter
    isPath
    isString
    split
    typeOf
    ;

  # Why a string is no relative path below something, or null.
  subpathProblem =
    value:
    if !isString value then
      "The given value is of type ${typeOf value}, but a string was expected"
    else if value == "" then
      "The given string is empty"
    else if builtins.substring 0 1 value == "/" then
      "The given string \"${value}\" starts with a `/`, representing an absolute path"
    else if elem ".." (filter isString (split "/" value)) then
      "The given string \"${value}\" contains a `..` component, which is not allowed in subpaths"
    else
      null;
  componentsOf =
    text:
    filter (part: isString part && part != "" && part != ".") (split "/" text);
  checkedComponents =
    what: value:
    let
      problem = subpathProblem value;
    in
    if problem == null then
      componentsOf value
    else
      throw "${what}: Argument is not a valid subpath string:\n    ${problem}";
  relative = components: "./${if components == [ ] then "." else builtins.concatStringsSep "/" components}";

  # The root of a path and the names below it.
  deconstruct =
    path:
    let
      up =
        names: current:
        if dirOf current == current then
          {
            root = current;
            inherit names;
          }
        else
          up ([ (baseNameOf current) ] ++ names) (dirOf current);
    in
    up [ ] path;

  checkPath =
    what: value:
    if isPath value then
      value
    else
      throw "${what}: an argument is of type ${typeOf value}, but a path was expected";

  namesBelow =
    what: above: path:
    let
      one = deconstruct (checkPath what above);
      other = deconstruct (checkPath what path);
      count = builtins.length one.names;
    in
    if one.root == other.root && lib.take count other.names == one.names then lib.drop count other.names else null;
in
{
  append =
    path: below:
    checkPath "lib.path.append: The first argument" path
    + "/${relative (checkedComponents "lib.path.append" below)}";
  hasPrefix = above: path: namesBelow "lib.path.hasPrefix" above path != null;
  removePrefix =
    above: path:
    let
      names = namesBelow "lib.path.removePrefix" above path;
    in
    if names == null then
      throw "lib.path.removePrefix: The first path argument \"${toString above}\" is not a component-wise prefix of the second path argument \"${toString path}\"."
    else
      relative names;
  splitRoot =
    path:
    let
      parts = deconstruct path;
    in
    builtins.seq (checkPath "lib.path.splitRoot" path) {
      inherit (parts) root;
      subpath = relative parts.names;
    };
  hasStorePathPrefix =
    path:
    let
      store = deconstruct (/. + builtins.storeDir);
      parts = deconstruct (checkPath "lib.path.hasStorePathPrefix" path);
      count = builtins.length store.names;
    in
    lib.take count parts.names == store.names
    && builtins.length parts.names > count
    && builtins.match "[0-9a-z]{32}-.*" (builtins.elemAt parts.names count) != null;

  subpath = {
    isValid = value: subpathProblem value == null;
    join =
      parts:
      relative (builtins.concatLists (map (checkedComponents "lib.path.subpath.join") parts));
    normalise = value: relative (checkedComponents "lib.path.subpath.normalise" value);
    components = checkedComponents "lib.path.subpath.components";
  };
}

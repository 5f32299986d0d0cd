# Reading directories.
{ lib }:
let
  inherit (builtins)
    attrNames
    baseNameOf
    concatMap
    dirOf
    pathExists
    readDir
    ;

  pathType =
    path:
    if path == /. then
      "directory"
    else
      (readDir (dirOf path)).${baseNameOf path} or (throw "lib.filesystem.pathType: Path ${toString path} does not exist.");
  typeOrNull = path: if pathExists path then lib.filesystem.pathType path else null;

  listFilesRecursive =
    directory:
    let
      entries = readDir directory;
    in
    concatMap (
      name:
      let
        path = directory + "/${name}";
      in
      if entries.${name} == "directory" then listFilesRecursive path else [ path ]
    ) (attrNames entries);

  # One attribute for each file or directory: a directory with package.nix is one package.
  fromDirectory =
    {
      callPackage,
      newScope ? null,
      directory,
    }@arguments:
    let
      entries = readDir directory;
      entry =
        name:
        let
          path = directory + "/${name}";
        in
        if entries.${name} == "directory" then
          [ (lib.nameValuePair name (fromDirectory (arguments // { directory = path; }))) ]
        else if entries.${name} == "regular" && lib.hasSuffix ".nix" name then
          [ (lib.nameValuePair (lib.removeSuffix ".nix" name) (callPackage path { })) ]
        else
          [ ];
    in
    if entries ? "package.nix" then
      callPackage (directory + "/package.nix") { }
    else
      builtins.listToAttrs (concatMap entry (attrNames entries));
in
{
  inherit listFilesRecursive;
  pathType = builtins.readFileType or pathType;
  pathIsDirectory = path: typeOrNull path == "directory";
  pathIsRegularFile = path: typeOrNull path == "regular";
  pathHasContext = builtins.hasContext;
  pathIsGitRepo = path: pathExists (path + "/.git");
  packagesFromDirectoryRecursive = fromDirectory;
  haskellPathsInDir =
    root:
    builtins.listToAttrs (
      concatMap (
        name:
        if pathExists (root + "/${name}/${name}.cabal") then [ (lib.nameValuePair name (root + "/${name}")) ] else [ ]
      ) (attrNames (readDir root))
    );
  # Goes up from a file to the next directory that holds a file whose name matches.
  # The file that a path means: a directory's is its default.nix.
  resolveDefaultNix =
    path:
    if lib.pathIsDirectory path then
      path + "/default.nix"
    else if builtins.isString path && lib.hasSuffix "/" path then
      "${path}default.nix"
    else
      path;
  locateDominatingFile =
    pattern: file:
    let
      search =
        path:
        let
          matches = builtins.filter (found: found.matches != null) (
            map (name: {
              inherit path;
              matches = builtins.match pattern name;
            }) (attrNames (readDir path))
          );
        in
        if matches != [ ] then
          {
            inherit path;
            matches = map (found: found.matches) matches;
          }
        else if path == /. then
          null
        else
          search (dirOf path);
    in
    search (if lib.filesystem.pathIsDirectory file then file else dirOf file);
}

# Directories of links to other store paths.
{ lib, pkgs }:
let
  inherit (pkgs.hardpan) links;

  describe =
    {
      meta ? { },
      passthru ? { },
    }:
    lib.extendDerivation true (passthru // { inherit meta passthru; });

  # The links as files of an own, that commands may change.
  changed =
    name: arguments: tree: command:
    pkgs.runCommandLocal name (removeAttrs arguments [ "name" "paths" "postBuild" ]) ''
      cp --recursive --no-dereference ${tree} $out
      chmod --recursive u+w $out
      ${command}
    '';

  nameOf =
    arguments:
    arguments.name or "${arguments.pname or (throw "symlinkJoin needs a name or a pname")}-${arguments.version}";

  entriesOf =
    entries:
    if builtins.isAttrs entries then
      builtins.mapAttrs (_: path: "${path}") entries
    else
      # The last of two entries with one name stays.
      builtins.listToAttrs (
        map (entry: {
          inherit (entry) name;
          value = "${entry.path}";
        }) (lib.reverseList entries)
      );
in
rec {
  emptyDirectory = links { name = "empty-directory"; };

  symlinkJoin =
    {
      paths,
      postBuild ? "",
      meta ? { },
      passthru ? { },
      preferLocalBuild ? true,
      allowSubstitutes ? false,
      stripPrefix ? "",
      failOnMissing ? true,
      ...
    }@arguments:
    let
      name = nameOf arguments;
      tree = links {
        inherit name;
        paths = map (path: "${path}${stripPrefix}") (builtins.filter (path: path != null) paths);
      };
      result = if postBuild == "" then tree else changed name arguments tree postBuild;
    in
    describe {
      inherit meta;
      passthru =
        passthru
        // {
          inherit paths;
        }
        // lib.optionalAttrs (arguments ? pname) { inherit (arguments) pname version; };
    } result;

  buildEnv =
    {
      name,
      paths,
      pathsToLink ? [ "/" ],
      postBuild ? "",
      extraOutputsToInstall ? [ ],
      ignoreCollisions ? false,
      checkCollisionContents ? true,
      extraPrefix ? "",
      includeClosures ? false,
      manifest ? "",
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      meta ? { },
      passthru ? { },
      ...
    }:
    let
      outputsOf = path: map (output: path.${output}) (builtins.filter (output: path ? ${output}) extraOutputsToInstall);
      tree = links {
        inherit name;
        paths = builtins.concatMap (path: [ path ] ++ outputsOf path) (builtins.filter (path: path != null) paths);
      };
      keep = lib.concatMapStringsSep "\n" (path: "keep ${lib.escapeShellArg path}") pathsToLink;
      selected = ''
        keep() {
          if [ -e "$all$1" ] || [ -L "$all$1" ]; then
            mkdir -p "$(dirname "$out${extraPrefix}$1")"
            mv "$all$1" "$out${extraPrefix}$1"
          fi
        }
        all=$NIX_BUILD_TOP/all
        mv "$out" "$all"
        mkdir -p "$out"
        ${keep}
      '';
      select = pathsToLink != [ "/" ] || extraPrefix != "";
    in
    describe { inherit meta passthru; } (
      if select || postBuild != "" then
        changed name { inherit nativeBuildInputs buildInputs; } tree (lib.optionalString select selected + postBuild)
      else
        tree
    );

  # `entries` is { name = path; } or a list of { name, path }.
  linkFarm =
    name: entries:
    let
      places = entriesOf entries;
    in
    describe { passthru.entries = places; } (links {
      inherit name;
      links = places;
    });

  linkFarmFromDrvs = name: derivations: linkFarm name (map (drv: { inherit (drv) name; path = drv; }) derivations);
}

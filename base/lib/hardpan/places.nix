# Where the configuration says something: the definitions of an option, or of what lies deeper in its value.
{ lib }:
let
  inherit (builtins) concatMap filter isAttrs isList isString map;
  base = toString ../..;
  isOwn = definition: lib.hasPrefix base (toString definition.file);

  ownDefinitions = option: filter (definition: !isOwn definition) (option.definitionsWithLocations or [ ]);

  # Definitions of an attribute of the sets that a definition holds.
  inner =
    name: definition:
    concatMap (
      one:
      if isAttrs one.set && one.set ? ${name} then
        [
          {
            inherit (definition) file;
            value = one.set.${name};
            pos = builtins.unsafeGetAttrPos name one.set;
          }
        ]
      else
        [ ]
    ) (lib.unwrapSets null definition.value);
  within = path: definition: lib.foldl' (found: name: concatMap (inner name) found) [ definition ] path;

  # Texts in a definition, as { option, at }. `matches` is asked of the last name and the text.
  findText =
    matches: path: definition:
    concatMap (
      one:
      if isString one.set then
        if matches (lib.last path) one.set then
          [
            {
              option = lib.showOption path;
              at = lib.definitionPlace definition;
            }
          ]
        else
          [ ]
      else if isList one.set then
        concatMap (
          value: findText matches path (definition // { inherit value; })
        ) one.set
      else if isAttrs one.set && !lib.isDerivation one.set then
        concatMap (
          name: concatMap (findText matches (path ++ [ name ])) (inner name (definition // { value = one.set; }))
        ) (builtins.attrNames one.set)
      else
        [ ]
    ) (lib.unwrapSets null definition.value);
in
{
  # Places where the configuration, and not the base, defines what is at `path` in an option's value.
  placesWithin = option: path: map lib.definitionPlace (concatMap (within path) (ownDefinitions option));

  # How a message begins that is about these places.
  placesPrefix = places: if places == [ ] then "" else "${lib.concatStringsSep ", " places}: ";

  # Options below `options` with a text that `matches`, where the configuration defines it: { option, at }.
  optionsWithText =
    matches:
    let
      # A default that cannot be had is nobody's text.
      found =
        places:
        let
          tried = builtins.tryEval (builtins.deepSeq places places);
        in
        if tried.success then tried.value else [ ];
      search =
        path: options:
        concatMap (
          name:
          let
            entry = options.${name};
            loc = path ++ [ name ];
          in
          if name == "_module" then
            [ ]
          else if lib.isOption entry then
            found (concatMap (findText matches loc) (ownDefinitions entry))
          else if isAttrs entry then
            search loc entry
          else
            [ ]
        ) (builtins.attrNames options);
    in
    search [ ];
}

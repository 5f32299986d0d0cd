# Ways to declare an option that does nothing, and why. What sets it is reported, never ignored in silence.
{ lib }:
let
  inherit (builtins) isAttrs isString map;

  # Takes whatever is given. It is a type of submodules, so that others may declare options below the same name.
  lenient =
    inner:
    inner
    // {
      description = "anything";
      check = _: true;
      merge =
        loc: definitions:
        if lib.all (definition: isAttrs definition.value && !lib.isDerivation definition.value) definitions then
          inner.merge loc definitions
        else
          (builtins.head definitions).value;
      substSubModules = modules: lenient (inner.substSubModules modules);
    };
  anyValue = lenient (
    lib.types.submoduleWith {
      modules = [ { freeformType = lib.types.lazyAttrsOf lib.types.anything; } ];
      shorthandOnlyDefinesConfig = true;
    }
  );

  pathOf = path: if isString path then lib.splitString "." path else path;

  markedOption =
    mark: settings:
    lib.mkOption (
      {
        type = anyValue;
        default = { };
        visible = false;
      }
      // settings
      // mark
    );

  # Other modules read switches as Booleans.
  placedOption =
    mark: path: settings:
    lib.setAttrByPath path (
      markedOption mark ((if lib.hasPrefix "enable" (lib.last path) then { default = false; } else { }) // settings)
    );

  # Entries are dotted names, lists of names, or sets with `path` and fields of mkOption.
  declareAll =
    mark: entries: {
      _file = toString ./states.nix;
      options = lib.foldl' lib.recursiveUpdate { } (
        map (
          entry:
          if isAttrs entry then
            placedOption mark (pathOf entry.path) (removeAttrs entry [ "path" ])
          else
            placedOption mark (pathOf entry) { }
        ) entries
      );
    };
  noMeaning = reason: {
    noMeaning = reason;
    description = "Has no meaning on an image: ${reason}.";
  };
in
{
  mkNoMeaning = reason: declareAll (noMeaning reason);
  mkUnsupported =
    entries: instead:
    declareAll {
      unsupported = instead;
      description = "Not supported: ${instead}.";
    } entries;
  noMeaningOption = reason: markedOption (noMeaning reason) { };
  noMeaningOptionWith = reason: markedOption (noMeaning reason);

  # Where an option is set, as `file:line:column`.
  definitionPlaces = option: map lib.definitionPlace option.definitionsWithLocations;
}

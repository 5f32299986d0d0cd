# The error for definitions that no option was declared for. `knownNames` gives further names below a place, that are
# worth offering though nothing declares them.
{ lib, knownNames }:
let
  inherit (builtins)
    concatStringsSep
    filter
    groupBy
    head
    isAttrs
    map
    ;
  # The value may fail; the message does not.
  isDeclaration = value: (builtins.tryEval (isAttrs value && value._type or null == "option")).value;

  # The evaluator compares names; without its help none are offered.
  nearest =
    definition:
    if builtins ? hardpan then
      builtins.hardpan.nearest {
        name = lib.last definition.loc;
        candidates = lib.unique (definition.siblings ++ knownNames (lib.init definition.loc));
      }
    else
      [ ];

  suggestion =
    definition:
    let
      names = map (name: "`${lib.showOption (lib.init definition.loc ++ [ name ])}'") (nearest definition);
    in
    if names == [ ] then "" else "\nDid you mean ${concatStringsSep " or " names}?";

  declaredInConfig =
    definition:
    if isDeclaration definition.value then
      "\nIt seems as if you're trying to declare an option by placing it into `config' rather than `options'!"
    else
      "";

  noOptionsHere =
    definition:
    if filter (name: name != "_module") definition.siblings == [ ] then
      "\nHowever there are no options declared in `${lib.showOption (lib.init definition.loc)}'. Are you sure you've declared your options properly?"
    else
      suggestion definition;

  describe =
    definitions:
    let
      first = head definitions;
    in
    "The option `${lib.showOption first.loc}' does not exist. Definition values:${lib.showDefs definitions}${noOptionsHere first}${declaredInConfig first}";
in
definitions:
throw (
  concatStringsSep "\n" (
    map describe (builtins.attrValues (groupBy (definition: lib.showOption definition.loc) definitions))
  )
)

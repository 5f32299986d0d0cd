# Pieces of text that must come after others, put in order.
{ lib }:
let
  # Depth first, so that each text comes after those it names.
  textClosureList =
    predefined: wanted:
    let
      visit =
        state: entry:
        let
          isName = builtins.isString entry;
          unknown = throw "textClosureList: no text is called `${entry}`";
          piece = if isName then predefined.${entry} or unknown else entry;
          marked = state // {
            seen = state.seen // {
              ${entry} = true;
            };
          };
          below = builtins.foldl' visit (if isName then marked else state) (piece.deps or [ ]);
        in
        if isName && state.seen ? ${entry} then
          state
        else if isName || piece ? text then
          below // { result = below.result ++ [ (piece.text or piece) ]; }
        else
          below;
    in
    (builtins.foldl' visit {
      seen = { };
      result = [ ];
    } wanted).result;
in
{
  inherit textClosureList;
  textClosureMap =
    function: predefined: names:
    lib.concatStringsSep "\n" (map function (textClosureList predefined names));
  noDepEntry = text: {
    inherit text;
    deps = [ ];
  };
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = deps: {
    inherit deps;
    text = "";
  };
  stringAfter = deps: text: { inherit text deps; };
}

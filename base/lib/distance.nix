# How far apart two strings are.
{ lib }:
let
  inherit (builtins)
    elemAt
    genList
    stringLength
    substring
    ;

  commonLength =
    characterAt: left: right:
    let
      size = lib.min (stringLength left) (stringLength right);
      from =
        index:
        if index < size && characterAt index left == characterAt index right then from (index + 1) else index;
    in
    from 0;
  commonPrefixLength = commonLength (index: text: substring index 1 text);
  commonSuffixLength = commonLength (index: text: substring (stringLength text - index - 1) 1 text);

  # One row of the table of edit distances after another, each strict.
  levenshtein =
    left: right:
    let
      columns = stringLength right;
      nextRow =
        row: index:
        let
          character = substring index 1 left;
          step =
            cells: column:
            let
              replaced = elemAt row column + (if substring column 1 right == character then 0 else 1);
              removed = elemAt row (column + 1) + 1;
              added = lib.last cells + 1;
              best = lib.min replaced (lib.min removed added);
            in
            builtins.seq best (cells ++ [ best ]);
        in
        builtins.foldl' step [ (index + 1) ] (genList lib.id columns);
    in
    lib.last (builtins.foldl' nextRow (genList lib.id (columns + 1)) (genList lib.id (stringLength left)));
in
{
  inherit commonPrefixLength commonSuffixLength levenshtein;
  levenshteinAtMost =
    limit: left: right:
    let
      difference = stringLength left - stringLength right;
    in
    difference <= limit && difference >= -limit && levenshtein left right <= limit;
}

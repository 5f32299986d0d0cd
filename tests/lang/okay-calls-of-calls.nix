let
  three = a: b: c: "${a}${b}${c}";
  swapped = (a: b: three b a);
in
[ ((three "a") "b" "c") (((three "a") "b") "c") ((swapped "a" "b") "c") ((builtins.replaceStrings [ "a" ]) [ "b" ] "a") ]

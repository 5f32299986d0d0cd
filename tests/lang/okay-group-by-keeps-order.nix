builtins.groupBy (x: builtins.substring 0 1 x) [ "apple" "bean" "avocado" "beet" "corn" ]

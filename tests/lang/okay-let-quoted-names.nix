let "a b" = 1; "c" = 2; s = { inherit "a b" c; }; in s

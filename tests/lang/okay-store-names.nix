map (n: builtins.substring 44 50 (builtins.toFile n "x")) [ "a" "a.b" "a+b" "a-b_c?d=e" "0" ]

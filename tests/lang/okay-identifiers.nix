let a' = 1; a-b = 2; _ = 3; a1 = 4; A_b' = 5; __x = 6; in [ a' a-b _ a1 A_b' __x ]

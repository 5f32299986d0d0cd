{ z = 1; a = 2; M = 3; b' = 4; "1" = 5; "with space" = 6; a-b = 7; }

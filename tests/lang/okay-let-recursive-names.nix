let b = a + 1; a = 1; c = b * 2; in [ a b c ]

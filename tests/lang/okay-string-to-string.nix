map toString [ 1 (-1) 1.5 true false null "a" /a/b [ 1 2 ] [ "a" [ "b" [ ] "c" ] ] [ ] [ true null 1 ] ]

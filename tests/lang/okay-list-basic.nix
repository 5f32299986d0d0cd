[ 1 "a" true null [ 2 3 ] { a = 1; } 1.5 ./. ] == [ 1 "a" true null [ 2 3 ] { a = 1; } 1.5 ./. ]

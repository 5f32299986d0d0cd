a: b: [ a.b a.b.c (a.b or 1) a."x y" a.${b} a."${b}c" (a.b.c or a.d or 2) (a).b ]

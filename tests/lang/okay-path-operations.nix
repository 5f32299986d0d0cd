[ (toString (/a/b + "/../c")) (toString (/a + "/./b")) (/a/b/.. == /a) (toString (dirOf /a/b)) (baseNameOf (/a + "/b")) (toString /.) ]

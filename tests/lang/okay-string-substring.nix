with builtins; [ (substring 0 3 "abcdef") (substring 2 100 "abcdef") (substring 6 1 "abcdef") (substring 10 1 "abc") (substring 1 0 "abc") (substring 1 (-1) "abc") (substring 0 (-1) "abc") ]

let lib = { x = 1; }; other = { y = 2; x = 5; }; in with lib; with other; [ x y ]

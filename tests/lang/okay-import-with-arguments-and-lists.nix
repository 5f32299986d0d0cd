map (x: (import ./files/function.nix { inherit x; }).twice) [ 1 2 3 ]

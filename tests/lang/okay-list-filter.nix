[ (builtins.filter (x: x > 2) [ 1 2 3 4 ]) (builtins.filter (x: false) [ 1 ]) (builtins.filter (x: true) [ ]) ]

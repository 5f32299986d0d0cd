builtins.concatMap (x: builtins.concatMap (y: [ "${toString x}${y}" ]) [ "a" "b" ]) [ 1 2 ]

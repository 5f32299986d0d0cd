map (builtins.match "([a-z0-9]{32})-(.*)") [ "ffffffffffffffffffffffffffffffff-hello-1.0" "short-x" ]

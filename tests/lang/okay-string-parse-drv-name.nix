map builtins.parseDrvName [ "hello-2.12" "nix-0.12pre1" "hello" "a-b-c-1.0-d" "" "-" "-1" "a-" "linux-headers-6.1" "x-1-2" ]

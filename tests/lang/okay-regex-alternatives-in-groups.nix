map (builtins.match "(foo|foobar|bar)(baz)?") [ "foo" "foobar" "barbaz" "foobarbaz" "baz" ]

map (n: (builtins.parseDrvName n).version) [ "gcc-wrapper-13.2.0" "python3.11-requests-2.31" "foo-unstable-2023-01-01" "foo-v1" ]

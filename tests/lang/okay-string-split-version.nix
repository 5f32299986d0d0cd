map builtins.splitVersion [ "1.2.3" "1.2.3pre4" "2023-01-02" "" "a.b" "1..2" "1.2-rc3+git" "1a2b" ]

with builtins; [ (match "a{3}" "aaa") (match "a{2,3}" "aaaa") (match "(ab){2,}" "ababab") (match "a{0,1}b" "b") (match "[0-9]{1,3}(\\.[0-9]{1,3}){3}" "192.168.0.1") ]

let isPrime = n: builtins.all (d: n - (n / d) * d != 0) (builtins.genList (i: i + 2) (n - 2)); in builtins.filter isPrime (builtins.genList (i: i + 2) 30)

let a = throw "never used"; b = 2; in b

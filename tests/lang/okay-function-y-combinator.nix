let y = f: (x: f (v: x x v)) (x: f (v: x x v)); in y (self: n: if n < 2 then n else self (n - 1) + self (n - 2)) 15

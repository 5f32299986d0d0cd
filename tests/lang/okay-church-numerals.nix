let zero = f: x: x; succ = n: f: x: f (n f x); plus = a: b: f: x: a f (b f x); num = n: n (x: x + 1) 0; three = succ (succ (succ zero)); in num (plus three three)

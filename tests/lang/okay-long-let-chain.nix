let a = 1; b = a + a; c = b + b; d = c + c; e = d + d; f = e + e; g = f + f; h = g + g; in h

(rec { a = b; b = c; c = 5; d = throw "x"; }).a

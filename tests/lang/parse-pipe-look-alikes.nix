a: b: a || b

({ a ? throw "never", b }: b) { b = 1; }

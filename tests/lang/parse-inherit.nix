a: b: s: { inherit a b; }

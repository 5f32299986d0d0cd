f: f (x: y: x) ({ a ? (b: b) }: a)

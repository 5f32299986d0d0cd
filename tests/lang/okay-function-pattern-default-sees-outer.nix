let x = 1; f = { a ? x }: a; in let x = 2; in f { }

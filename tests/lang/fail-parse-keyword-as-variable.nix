let x = then; in x

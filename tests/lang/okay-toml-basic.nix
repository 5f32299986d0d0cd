builtins.fromTOML ''
  title = "x"
  number = -17
  hex = 0xff
  oct = 0o17
  bin = 0b101
  big = 1_000_000
  float = 1.5
  exp = 1e3
  yes = true
  list = [ 1, 2, 3 ]
  mixed = [ 1, "a", [ true ] ]
  inline = { a = 1, b.c = 2 }
  [table]
  key = 'literal \n'
  [table.sub]
  "quoted key" = 1
  a.b.c = 2
''

builtins.fromTOML ''
  a.b = 1
  [c]
  d.e = 2
  [c.f]
  g = 3
  [[c.h]]
  i = 4
  [[c.h]]
  i = 5
''

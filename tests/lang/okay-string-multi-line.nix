"a
  b
c"

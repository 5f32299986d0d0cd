''a
    b
  c''

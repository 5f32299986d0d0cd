let x = "X\n  Y"; in ''
  a ${x} b
    ${x}
  c
''

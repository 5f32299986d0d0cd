x: [ /a /a/b.c /a-b_c+d/e /a/${x}/b /a/${x}b /${x} ]

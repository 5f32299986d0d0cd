let x = "mid"; in [ /a/${x}/b /a/${x}b /${x} /a/b-${x}.${x} ]

let s = "/x/y"; in [ (toString (/. + s)) (builtins.typeOf (/. + s)) (toString (/. + builtins.unsafeDiscardStringContext s)) ]

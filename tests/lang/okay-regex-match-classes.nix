with builtins; map (r: match r "aB1_ -") [ "[[:alpha:]]+.*" "[a-z][A-Z][0-9][_] -" "[^0-9]+" ".{6}" "[[:alnum:]_]+ -" "[a-zA-Z0-9_ -]*" ]

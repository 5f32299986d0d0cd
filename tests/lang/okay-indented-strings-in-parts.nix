let
  a = "A";
  list = [ ''a ''${b}'' ''plain'' ''it's $5 $'' ''${a}'''$'' ];
in
[ list ''a'''b''\n${a}''$c'' (builtins.stringLength ''a ''${b} ''${c}'') ]

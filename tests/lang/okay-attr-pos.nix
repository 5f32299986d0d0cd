let s = {
  a = 1;
    b = 2; inherit (s) c;
}; p = n: let q = builtins.unsafeGetAttrPos n s; in [ q.line q.column ]; in [ (p "a") (p "b") (p "c") (builtins.unsafeGetAttrPos "missing" s) ]

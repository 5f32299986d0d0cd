[
  (builtins.unsafeGetAttrPos "a" (builtins.mapAttrs (name: value: value) (import ./files/set.nix)))
  (builtins.unsafeGetAttrPos "a" (builtins.zipAttrsWith (name: values: values) [ (import ./files/set.nix) ]))
]

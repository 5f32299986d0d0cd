[ (builtins.hasContext "a") (builtins.getContext "a") (builtins.unsafeDiscardStringContext "a") ]

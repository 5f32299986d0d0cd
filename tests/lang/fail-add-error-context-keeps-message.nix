builtins.addErrorContext "more" (throw "inner")

builtins.addErrorContext "while testing" 5

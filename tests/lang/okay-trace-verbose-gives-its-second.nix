builtins.traceVerbose "hidden" 5

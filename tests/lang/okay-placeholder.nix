[ (builtins.placeholder "out") (placeholder "dev") ]

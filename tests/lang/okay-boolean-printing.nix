[ true false (toString true) (toString false) (builtins.toJSON [ true false ]) ]

[ (null == null) (builtins.isNull null) (isNull 1) (toString null) (builtins.typeOf null) (builtins.toJSON null) ]

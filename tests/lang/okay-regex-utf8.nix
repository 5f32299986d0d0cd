with builtins; [ (match "(ä)(.*)" "äö") (match "..." "äb") (match "[ä]*" "ä") ]

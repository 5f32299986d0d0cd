[ "äöü" "日本" (builtins.stringLength "äöü") "😀" ]

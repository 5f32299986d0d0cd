[ (builtins.attrNames { b = 1; a = 2; C = 3; }) (builtins.attrValues { b = 1; a = 2; C = 3; }) (builtins.attrNames { }) (builtins.attrValues { }) ]

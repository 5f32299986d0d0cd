builtins.genericClosure { startSet = [ { key = 5; } ]; operator = item: if item.key > 1 then [ { key = item.key - 1; } { key = item.key - 2; } ] else [ ]; }

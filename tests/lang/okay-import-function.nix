[ (import ./files/function.nix { }) (import ./files/function.nix { x = 5; }) ]

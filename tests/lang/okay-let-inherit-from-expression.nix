let inherit (import ./files/set.nix) a; inherit ({ x = a + 1; }) x; in [ a x ]

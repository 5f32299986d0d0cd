(import (toString ./files + "/set.nix")).a

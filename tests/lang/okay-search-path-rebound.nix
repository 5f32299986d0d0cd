let __nixPath = [ { prefix = "mine"; path = ./files; } ]; in [ (baseNameOf <mine/text.txt>) (baseNameOf <mine>) ]

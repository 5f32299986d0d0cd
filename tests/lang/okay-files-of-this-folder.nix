[ (baseNameOf ./files/text.txt) (baseNameOf (dirOf ./files/text.txt)) (./files/dir/../text.txt == ./files/text.txt) ]

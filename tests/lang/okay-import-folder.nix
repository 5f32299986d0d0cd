let d = import ./files/dir; in [ d.name d.sibling.a ]

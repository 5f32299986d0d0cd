let __findFile = path: name: "found ${name}"; __nixPath = [ ]; in [ <a> <b/c> ]

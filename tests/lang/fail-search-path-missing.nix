let __nixPath = [ ]; in <no-such-thing>

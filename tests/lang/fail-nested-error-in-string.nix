"a${"b${throw "innermost"}"}"

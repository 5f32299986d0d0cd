[ (true && false) (true || false) (!true) (false -> false) (true -> false) (false && throw "no") (true || throw "no") (false -> throw "no") ]

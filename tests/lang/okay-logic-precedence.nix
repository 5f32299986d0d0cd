[ (true || false && false) (!false && true) (true -> false -> true) (1 == 1 && 2 == 2) (false || 1 < 2) (!(true && false)) ]

let f = "text"; in f 1

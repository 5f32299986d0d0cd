let n = "zz"; in { a = 1; }.${n}

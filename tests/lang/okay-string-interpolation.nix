let x = "X"; s = { n = "N"; }; in "a${x}b${s.n}c${"d" + "e"}${"f${x}"}"

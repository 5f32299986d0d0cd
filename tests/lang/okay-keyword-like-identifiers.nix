let iff = 1; lets = 2; inn = 3; recc = 4; in_ = 5; orr = 6; with' = 7; in [ iff lets inn recc in_ orr with' ]

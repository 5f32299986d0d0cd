throw "bad ${toString 5}"

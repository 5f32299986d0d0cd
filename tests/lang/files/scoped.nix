wanted + 1

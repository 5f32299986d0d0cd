./files/

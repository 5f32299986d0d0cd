''  text  ''

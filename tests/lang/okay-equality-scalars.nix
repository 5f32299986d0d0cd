[ (1 == 1) (1 == 2) (1 == "1") (true == true) (null == null) (null == false) ("a" == "a") (1.5 == 1.5) ("a" != "b") ]

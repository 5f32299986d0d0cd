[ http://a.b/c?d=e&f=g%20 x:y git+https://a ]

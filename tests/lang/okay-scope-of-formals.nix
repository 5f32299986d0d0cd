let a = "outer"; f = { a ? "default", b ? a }: [ a b ]; in [ (f { }) (f { a = "given"; }) (f { b = "b"; }) ]

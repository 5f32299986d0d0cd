({ a ? b, b ? c, c ? 1 }: [ a b c ]) { }

toString [ { __toString = self: "a"; } [ { outPath = "b"; } ] ]

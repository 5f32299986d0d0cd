builtins.toJSON [ { __toString = self: "text"; } { outPath = "/out"; other = 1; } { outPath = { outPath = "/deep"; }; } ]

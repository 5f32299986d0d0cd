({ a = throw "x"; b = 1; } // { c = throw "y"; }).b

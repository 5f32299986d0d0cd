({ a = throw "inside"; }).a or 1

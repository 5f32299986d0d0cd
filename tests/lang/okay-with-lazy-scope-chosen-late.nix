let s = { a = 1; } // { b = throw "unused"; }; in with s; a

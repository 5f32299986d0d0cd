[ (({ a, ... }@args: args) { a = 1; b = 2; }) ((args@{ a ? 5, ... }: args) { b = 2; }) ((args@{ a ? 5 }: a) { }) ]

"${builtins.filterSource (p: t: throw "in the filter") ./files}"

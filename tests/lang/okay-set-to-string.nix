[ "${{ __toString = self: "text ${self.x}"; x = "y"; }}" (toString { __toString = self: "a"; }) "${{ outPath = "/p"; }}" (toString { outPath = "/q"; }) ]

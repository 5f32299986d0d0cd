let
  attributes = {
    name = "a";
    builder = "b";
    system = "c";
  };
in
(derivation attributes).drvPath
== (derivation (
  attributes
  // {
    __impure = false;
    __contentAddressed = false;
  }
)).drvPath

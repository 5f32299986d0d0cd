# What a derivation looks like to other expressions: the first output, with the others as attributes.
attributes@{ outputs ? [ "out" ], ... }:
let
  strict = derivationStrict attributes;
  shared = attributes // builtins.listToAttrs all // {
    all = map (output: output.value) all;
    drvAttrs = attributes;
  };
  outputNamed = outputName: {
    name = outputName;
    value = shared // {
      outPath = strict.${outputName};
      drvPath = strict.drvPath;
      type = "derivation";
      inherit outputName;
    };
  };
  all = map outputNamed outputs;
in
(builtins.head all).value

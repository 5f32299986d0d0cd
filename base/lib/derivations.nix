# Derivations that are computed only when they are really used.
{ lib }:
{
  # Gives name, outputs and meta without evaluating the derivation.
  lazyDerivation =
    {
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }@arguments:
    {
      type = "derivation";
      inherit (derivation)
        outPath
        outputName
        drvPath
        name
        system
        ;
      inherit outputs;
      meta = arguments.meta or derivation.meta or { };
    }
    // builtins.listToAttrs (
      map (output: {
        name = output;
        value = derivation.${output};
      }) outputs
    )
    // passthru;

  # An attribute of a derivation that is absent, without changing its hash, where the condition does not hold.
  optionalDrvAttr = condition: value: if condition then value else null;

  warnOnInstantiate =
    message: derivation:
    derivation
    // builtins.mapAttrs (_: lib.warn message) (
      removeAttrs derivation [
        "meta"
        "name"
        "type"
      ]
    );
}

# Printing values while they are evaluated, and small tables of tests.
{ lib }:
let
  inherit (builtins) trace deepSeq;

  # Sets and lists deeper than `depth` are shown as three dots.
  cutAt =
    depth: value:
    if builtins.isList value then
      (if depth == 0 then "<list>" else map (cutAt (depth - 1)) value)
    else if builtins.isAttrs value then
      (
        if lib.isDerivation value then
          "<derivation ${value.name or "???"}>"
        else if depth == 0 then
          "<set>"
        else
          builtins.mapAttrs (_: cutAt (depth - 1)) value
      )
    else
      value;
  traceSeq = value: result: trace (deepSeq value value) result;
  traceSeqN =
    depth: value: result:
    let
      cut = cutAt depth value;
    in
    trace (deepSeq cut cut) result;
in
rec {
  inherit traceSeq traceSeqN;
  traceIf =
    condition: message: value:
    if condition then trace message value else value;
  traceValFn = show: value: trace (show value) value;
  traceVal = traceValFn lib.id;
  traceValSeqFn = show: value: traceValFn show (deepSeq value value);
  traceValSeq = traceValSeqFn lib.id;
  traceValSeqNFn =
    show: depth: value:
    traceSeqN depth (show value) value;
  traceValSeqN = traceValSeqNFn lib.id;
  traceFnSeqN =
    depth: name: function: value:
    let
      result = function value;
    in
    traceSeqN (depth + 1) {
      fn = name;
      from = value;
      to = result;
    } result;

  # The tests that failed, each with what was expected and what came.
  runTests =
    tests:
    let
      chosen = tests.tests or (builtins.attrNames tests);
      isTest = name: lib.hasPrefix "test" name || builtins.elem name (tests.tests or [ ]);
    in
    builtins.concatMap (
      name:
      let
        test = tests.${name};
      in
      lib.optional (isTest name && test.expr != test.expected) {
        inherit name;
        inherit (test) expected;
        result = test.expr;
      }
    ) chosen;
  throwTestFailures =
    {
      failures,
      description ? "tests",
      ...
    }:
    let
      show = lib.generators.toPretty { };
      lines = map (
        failure: "\n- ${failure.name}: expected ${show failure.expected}, got ${show failure.result}"
      ) failures;
    in
    if failures == [ ] then
      null
    else
      throw "${toString (builtins.length failures)} ${description} failed:${lib.concatStrings lines}";
  testAllTrue = expr: {
    inherit expr;
    expected = map (_: true) expr;
  };
}

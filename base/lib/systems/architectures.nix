# Generations of processors as compilers name them: what each can do, and which others' programs it runs.
{ lib }:
let
  # A generation runs what its parents run, and has their instructions and some more.
  generation = parents: more: { inherit parents more; };
  plain = generation [ ] [ ];

  generations = {
    default = plain;
    x86-64 = plain;
    x86-64-v2 = generation [ "x86-64" ] [
      "sse3"
      "ssse3"
      "sse4_1"
      "sse4_2"
    ];
    x86-64-v3 = generation [ "x86-64-v2" ] [
      "avx"
      "avx2"
      "fma"
    ];
    x86-64-v4 = generation [ "x86-64-v3" ] [ "avx512" ];

    nehalem = generation [ "x86-64-v2" ] [ "aes" ];
    westmere = generation [ "nehalem" ] [ ];
    silvermont = generation [ "x86-64-v2" ] [ ];
    sandybridge = generation [ "westmere" ] [ "avx" ];
    ivybridge = generation [ "sandybridge" ] [ ];
    haswell = generation [
      "ivybridge"
      "x86-64-v3"
    ] [ ];
    broadwell = generation [ "haswell" ] [ ];
    skylake = generation [ "broadwell" ] [ ];
    alderlake = generation [ "skylake" ] [ ];
    sapphirerapids = generation [ "icelake-server" ] [ ];
    skylake-avx512 = generation [
      "skylake"
      "x86-64-v4"
    ] [ ];
    cannonlake = generation [ "skylake-avx512" ] [ ];
    cascadelake = generation [ "cannonlake" ] [ ];
    cooperlake = generation [ "cascadelake" ] [ ];
    icelake-client = generation [ "cannonlake" ] [ ];
    icelake-server = generation [ "icelake-client" ] [ ];
    tigerlake = generation [ "icelake-server" ] [ ];

    btver1 = generation [ "x86-64" ] [
      "sse3"
      "ssse3"
      "sse4_1"
      "sse4_2"
    ];
    btver2 = generation [ "btver1" ] [
      "aes"
      "avx"
    ];
    bdver1 = generation [ "x86-64-v2" ] [
      "sse4a"
      "aes"
      "avx"
      "fma"
      "fma4"
    ];
    bdver2 = generation [ "bdver1" ] [ ];
    bdver3 = generation [ "bdver2" ] [ ];
    bdver4 = generation [
      "bdver3"
      "x86-64-v3"
    ] [ ];
    znver1 = generation [ "skylake" ] [ "sse4a" ];
    znver2 = generation [ "znver1" ] [ ];
    znver3 = generation [ "znver2" ] [ ];
    znver4 = generation [
      "znver3"
      "x86-64-v4"
    ] [ ];
    znver5 = generation [ "znver4" ] [ ];

    armv5te = plain;
    armv6 = plain;
    armv7-a = plain;
    armv8-a = plain;
    loongson2f = plain;
    mips32 = plain;
  };

  order = [
    "sse3"
    "ssse3"
    "sse4_1"
    "sse4_2"
    "sse4a"
    "aes"
    "avx"
    "avx2"
    "avx512"
    "fma"
    "fma4"
  ];

  featuresOf =
    name:
    let
      inherit (generations.${name}) parents more;
      all = builtins.concatMap (parent: features.${parent}) parents ++ more;
    in
    builtins.filter (feature: builtins.elem feature all) order;
  inferiorsOf =
    name:
    let
      inherit (generations.${name}) parents;
    in
    lib.unique (parents ++ builtins.concatMap (parent: inferiors.${parent}) parents);

  features = builtins.mapAttrs (name: _: featuresOf name) generations;
  inferiors = builtins.mapAttrs (name: _: inferiorsOf name) generations;
  has = feature: name: builtins.elem feature (features.${name} or [ ]);
in
{
  inherit features inferiors;

  # Whether code for generation `left` runs on one that is described by `right`.
  canExecute = left: right: left == right || builtins.elem right (inferiors.${left} or [ ]);

  predicates = {
    sse3Support = has "sse3";
    ssse3Support = has "ssse3";
    sse4_1Support = has "sse4_1";
    sse4_2Support = has "sse4_2";
    sse4_aSupport = has "sse4a";
    avxSupport = has "avx";
    avx2Support = has "avx2";
    avx512Support = has "avx512";
    aesSupport = has "aes";
    fmaSupport = has "fma";
    fma4Support = has "fma4";
  };
}

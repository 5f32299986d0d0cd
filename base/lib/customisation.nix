# Calling packages with arguments found by name, and changing what they were called with.
{ lib }:
let
  inherit (builtins)
    attrNames
    filter
    head
    intersectAttrs
    isAttrs
    listToAttrs
    map
    mapAttrs
    removeAttrs
    unsafeGetAttrPos
    ;

  extendDerivation =
    condition: passthru: derivation:
    let
      outputs = derivation.outputs or [ "out" ];
      common = derivation // listToAttrs list // { all = map (output: output.value) list; } // passthru;
      list = map (outputName: {
        name = outputName;
        value =
          common
          // {
            inherit (derivation.${outputName}) type outputName;
            outputSpecified = true;
            drvPath =
              assert condition;
              derivation.${outputName}.drvPath;
            outPath =
              assert condition;
              derivation.${outputName}.outPath;
          }
          // lib.optionalAttrs (passthru ? overrideAttrs) {
            overrideAttrs = change: (passthru.overrideAttrs change).${outputName};
          };
      }) outputs;
    in
    common
    // {
      drvPath =
        assert condition;
        derivation.drvPath;
      outPath =
        assert condition;
        derivation.outPath;
    };

  overrideDerivation =
    derivation: change:
    let
      changed = builtins.derivation (derivation.drvAttrs // change derivation);
    in
    extendDerivation (builtins.seq derivation.drvPath true) (
      {
        meta = derivation.meta or { };
        passthru = derivation.passthru or { };
      }
      // (derivation.passthru or { })
    ) changed;

  makeOverridable =
    function:
    let
      mirror = lib.mirrorFunctionArgs function;
      call =
        arguments:
        let
          result = function arguments;
          changed = change: arguments // (if lib.isFunction change then change arguments else change);
          override = mirror (change: makeOverridable function (changed change));
          withResult = change: makeOverridable (mirror (given: change (function given))) arguments;
        in
        if isAttrs result then
          result
          // {
            inherit override;
            overrideDerivation = change: withResult (derivation: overrideDerivation derivation change);
          }
          // (
            if result ? overrideAttrs then
              { overrideAttrs = change: withResult (derivation: derivation.overrideAttrs change); }
            else
              { }
          )
        else if lib.isFunction result then
          lib.setFunctionArgs result (lib.functionArgs result) // { inherit override; }
        else
          result;
    in
    mirror call;

  nearest =
    name: candidates:
    if builtins ? hardpan then
      builtins.hardpan.nearest { inherit name candidates; }
    else
      lib.take 3 (
        lib.sortOn (lib.levenshtein name) (filter (candidate: lib.levenshteinAtMost 2 name candidate) candidates)
      );

  missingArgument =
    name: function: autoArgs:
    let
      position = unsafeGetAttrPos name (lib.functionArgs function);
      place = if position == null then "" else " at ${lib.showPosition position}";
      names = nearest name (attrNames autoArgs);
      quoted = lib.concatMapStringsSep " or " lib.escapeNixString names;
      suggestion = if names == [ ] then "" else ", did you mean ${quoted}?";
    in
    throw "lib.customisation.callPackageWith: Function called without required argument \"${name}\"${place}${suggestion}";

  # The function of a package, and all arguments for it.
  prepareCall =
    autoArgs: package: given:
    let
      function = if lib.isFunction package then package else import package;
      formal = lib.functionArgs function;
      arguments = intersectAttrs formal autoArgs // given;
      missing = filter (name: !formal.${name} && !(arguments ? ${name})) (attrNames formal);
    in
    if missing == [ ] then
      { inherit function arguments; }
    else
      missingArgument (head missing) function autoArgs;

  makeScope =
    newScope: function:
    let
      self = function self // {
        newScope = scope: newScope (self // scope);
        callPackage = self.newScope { };
        overrideScope = overlay: makeScope newScope (lib.extends overlay function);
        packages = function;
      };
    in
    self;

  # Nothing is cross compiled here, so that there is one set to splice.
  makeScopeWithSplicing' =
    {
      splicePackages ? null,
      newScope,
    }:
    {
      otherSplices ? null,
      keep ? (_: { }),
      extra ? (_: { }),
      f,
    }:
    let
      self = f self // {
        newScope = scope: newScope (self // scope);
        callPackage = self.newScope { };
        overrideScope =
          overlay:
          makeScopeWithSplicing' { inherit splicePackages newScope; } {
            inherit otherSplices keep extra;
            f = lib.extends overlay f;
          };
        packages = f;
      };
    in
    extra self // self // keep self;
in
{
  inherit
    extendDerivation
    overrideDerivation
    makeOverridable
    makeScope
    makeScopeWithSplicing'
    ;
  makeScopeWithSplicing =
    splicePackages: newScope: otherSplices: keep: extra: f:
    makeScopeWithSplicing' { inherit splicePackages newScope; } {
      inherit
        otherSplices
        keep
        extra
        f
        ;
    };

  callPackageWith =
    autoArgs: package: given:
    let
      call = prepareCall autoArgs package given;
    in
    makeOverridable call.function call.arguments;

  # For files that give a set of packages: each can be overridden by itself.
  callPackagesWith =
    autoArgs: package: given:
    let
      call = prepareCall autoArgs package given;
      packages = call.function call.arguments;
      mirror = lib.mirrorFunctionArgs call.function;
      overridable = name: _: makeOverridable (mirror (arguments: (call.function arguments).${name})) call.arguments;
    in
    if lib.isDerivation packages then
      throw "function `callPackages` was called on a *single* derivation \"${packages.name or "<unknown-name>"}\"; did you mean to use `callPackage` instead?"
    else
      mapAttrs overridable packages;

  extendMkDerivation =
    {
      constructDrv,
      excludeDrvArgNames ? [ ],
      excludeFunctionArgNames ? [ ],
      extendDrvArgs,
      inheritFunctionArgs ? true,
      transformDrv ? lib.id,
    }:
    lib.setFunctionArgs
      (
        given:
        transformDrv (
          constructDrv (
            final:
            let
              arguments = lib.toFunction given final;
            in
            removeAttrs arguments excludeDrvArgNames // extendDrvArgs final arguments
          )
        )
      )
      (
        removeAttrs (
          (if inheritFunctionArgs then lib.functionArgs constructDrv else { }) // lib.functionArgs (extendDrvArgs { })
        ) excludeFunctionArgNames
      );

  hydraJob =
    derivation:
    let
      outputs = derivation.outputs or [ "out" ];
      common = {
        inherit (derivation) name system meta;
        inherit outputs;
      }
      // lib.optionalAttrs (derivation._hydraAggregate or false) {
        _hydraAggregate = true;
        constituents = map lib.hydraJob (lib.flatten derivation.constituents);
      }
      // listToAttrs list;
      list = map (outputName: {
        name = outputName;
        value = common // {
          outPath = (lib.getOutput outputName derivation).outPath;
          drvPath = derivation.drvPath;
          type = "derivation";
          inherit outputName;
        };
      }) outputs;
    in
    if derivation == null then null else (head list).value;

  renameCrossIndexFrom = prefix: set: {
    buildBuild = set."${prefix}BuildBuild";
    buildHost = set."${prefix}BuildHost";
    buildTarget = set."${prefix}BuildTarget";
    hostHost = set."${prefix}HostHost";
    hostTarget = set."${prefix}HostTarget";
    targetTarget = set."${prefix}TargetTarget";
  };
  renameCrossIndexTo = prefix: set: {
    "${prefix}BuildBuild" = set.buildBuild;
    "${prefix}BuildHost" = set.buildHost;
    "${prefix}BuildTarget" = set.buildTarget;
    "${prefix}HostHost" = set.hostHost;
    "${prefix}HostTarget" = set.hostTarget;
    "${prefix}TargetTarget" = set.targetTarget;
  };
}

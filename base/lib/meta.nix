# What a package says about itself, and finding its programs.
{ lib }:
let
  inherit (builtins)
    any
    isString
    mapAttrs
    ;

  addMetaAttrs =
    added: package:
    if package ? overrideAttrs then
      package.overrideAttrs (previous: { meta = (previous.meta or { }) // added; })
    else
      package // { meta = (package.meta or { }) // added; };

  setPrio = priority: addMetaAttrs { inherit priority; };
  updateName =
    change: package:
    if package ? overrideAttrs then
      package.overrideAttrs (_: { name = change package.name; })
    else
      package // { name = change package.name; };
  mapDerivationAttrset = change: mapAttrs (_: value: if lib.isDerivation value then change value else value);

  # A platform is named by its double, or described by some of its attributes.
  platformMatch =
    platform: pattern:
    if isString pattern then
      platform ? system && pattern == platform.system
    else
      lib.matchAttrs (if pattern ? parsed then pattern else { parsed = pattern; }) platform;
  matchesAny = platform: any (platformMatch platform);

  getExe' =
    package: name:
    if builtins.match "[^/ ]+" name == null then
      throw "lib.meta.getExe': '${name}' is not the name of a program: the second argument is a name such as `foo`, without a directory"
    else
      "${lib.getBin package}/bin/${name}";

  # Of CPE's parts, `version` is major.minor, and the patch level is the `update`.
  tryCPEPatchVersionInUpdateWithVendor =
    vendor: version:
    let
      regex = "([0-9]+\\.[0-9]+)\\.([0-9]+)";
      parts = builtins.match regex (toString version);
    in
    if parts == null then
      {
        success = false;
        error = "version ${version} doesn't match regex `${regex}`";
      }
    else
      {
        success = true;
        value = {
          inherit vendor;
          version = builtins.head parts;
          update = builtins.elemAt parts 1;
        };
      };

  licensesSpdx = lib.listToAttrs (
    map (license: lib.nameValuePair license.spdxId license) (
      builtins.filter (license: license ? spdxId && !license.deprecated) (builtins.attrValues lib.licenses)
    )
  );
  licenseOr =
    otherwise: id:
    let
      lower = lib.mapAttrs' (name: lib.nameValuePair (lib.toLower name)) licensesSpdx;
    in
    lower.${lib.toLower id} or otherwise;
in
{
  inherit
    tryCPEPatchVersionInUpdateWithVendor
    addMetaAttrs
    setPrio
    updateName
    mapDerivationAttrset
    platformMatch
    getExe'
    licensesSpdx
    ;

  cpeFullVersionWithVendor = vendor: version: {
    inherit vendor version;
    update = "*";
  };
  cpePatchVersionInUpdateWithVendor =
    vendor: version:
    let
      tried = tryCPEPatchVersionInUpdateWithVendor vendor version;
    in
    if tried.success then tried.value else throw tried.error;

  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };
  setName = name: package: package // { inherit name; };
  appendToName =
    suffix:
    updateName (
      name:
      let
        parts = builtins.parseDrvName name;
      in
      "${parts.name}-${suffix}${if parts.version == "" then "" else "-${parts.version}"}"
    );
  lowPrio = setPrio 10;
  lowPrioSet = mapDerivationAttrset (setPrio 10);
  hiPrio = setPrio (-10);
  hiPrioSet = mapDerivationAttrset (setPrio (-10));

  availableOn =
    platform: package:
    (!(package ? meta.platforms) || matchesAny platform package.meta.platforms)
    && !(matchesAny platform (package.meta.badPlatforms or [ ]));

  getLicenseFromSpdxId =
    id: licenseOr (lib.warn "getLicenseFromSpdxId: No license matches the given SPDX ID: ${id}" { shortName = id; }) id;
  getLicenseFromSpdxIdOr = id: otherwise: licenseOr otherwise id;

  getExe =
    package:
    getExe' package (
      package.meta.mainProgram or (lib.warn
        "getExe: the package ${lib.getName package} does not say by `meta.mainProgram' which of its programs is meant; the one of its own name is taken. Name it with lib.getExe' instead."
        (lib.getName package)
      )
    );
}

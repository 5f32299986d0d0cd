# From the modules that were given to the list of all modules: functions called, files read, imports followed.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatMap
    elem
    filter
    genericClosure
    head
    isAttrs
    isFunction
    isList
    isString
    map
    mapAttrs
    removeAttrs
    substring
    typeOf
    ;

  # Names that are about the module and not definitions.
  shorthandNames = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "require"
    "imports"
    "freeformType"
  ];
  longhandNames = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "imports"
    "options"
    "config"
    "meta"
    "freeformType"
  ];

  withExtra =
    extra: config:
    if extra == { } then
      config
    else
      lib.mkMerge [
        config
        extra
      ];

  freeformOf = module: if module ? freeformType then { _module = { inherit (module) freeformType; }; } else { };

  refuseMixture =
    key: names:
    throw "Module `${key}' has an unsupported attribute `${head names}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString names}) into the explicit `config' attribute.";

  # Both ways of writing a module as one shape.
  unifyModuleSyntax =
    file: key: module:
    let
      unknown = attrNames (removeAttrs module longhandNames);
      shared = {
        _class = module._class or null;
        _file = toString (module._file or file);
        key = toString (module.key or key);
        disabledModules = module.disabledModules or [ ];
      };
    in
    if !isAttrs module then
      throw "The module `${toString file}' does not look like a module: it is a ${typeOf module}."
    else if module ? config || module ? options then
      if unknown != [ ] then
        refuseMixture (toString key) unknown
      else
        shared
        // {
          imports = module.imports or [ ];
          options = module.options or { };
          config = withExtra (
            (if module ? meta then { inherit (module) meta; } else { }) // freeformOf module
          ) (module.config or { });
        }
    else
      shared
      // {
        imports = module.require or [ ] ++ module.imports or [ ];
        options = { };
        config = withExtra (freeformOf module) (removeAttrs module shorthandNames);
      };

  missingArgument =
    key: name:
    throw "The module `${key}' takes an argument `${name}' that nothing gives: pass it with `specialArgs' or define `_module.args.${name}'.";

  # The formal arguments of a module are looked up in `specialArgs`, then in `_module.args`, each when it is used.
  applyModuleArgs =
    key: function: args:
    let
      argument =
        name: _:
        addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          args.${name} or args.config._module.args.${name} or (missingArgument key name)
        );
    in
    function (args // mapAttrs argument (lib.functionArgs function));
  isModuleFunction = module: isFunction module || (isAttrs module && module ? __functor);
  applyModuleArgsIfFunction =
    key: module: args:
    if isModuleFunction module then applyModuleArgs key module args else module;

  loadSet =
    args: file: key: module:
    let
      kind = module._type or "module";
    in
    if kind == "module" then
      unifyModuleSyntax file key module
    else if kind == "if" || kind == "override" || kind == "merge" then
      unifyModuleSyntax file key { config = module; }
    else
      throw "Could not load a value as a module, because it is of type ${lib.escapeNixString kind}, in file ${toString file}.${
        if kind == "configuration" || kind == "flake" then
          " You may have imported a whole ${kind} where one of its modules was meant."
        else
          ""
      }";

  loadFile =
    args: file: path:
    let
      key = toString path;
    in
    if builtins.pathExists path then
      unifyModuleSyntax key key (applyModuleArgsIfFunction key (import path) args)
    else
      # The evaluator knows best why it is not there.
      builtins.addErrorContext "while reading a module that `${toString file}' imports:" (import path);

  loadModule =
    args: file: key: module:
    if isModuleFunction module then
      unifyModuleSyntax file key (applyModuleArgs key module args)
    else if isAttrs module && (module ? _type || !(module ? outPath)) then
      loadSet args file key module
    else if isList module then
      throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: ${
        lib.showDefs [
          {
            inherit file;
            value = module;
          }
        ]
      }"
    else
      loadFile args file module;

  checkClass =
    class: module:
    if class == null || module._class == null || module._class == class then
      module
    else
      throw "The module `${module._file}' (class: ${lib.escapeNixString module._class}) cannot be imported into a module evaluation that expects class ${lib.escapeNixString class}.";

  # The tree of imports: each node has the module, the nodes below it, and what it disables.
  collectTree =
    class: args: parentFile: parentKey: modules:
    lib.imap1 (
      number: given:
      let
        module = checkClass class (loadModule args parentFile "${parentKey}:anon-${toString number}" given);
        nodes = collectTree class args module._file module.key module.imports;
      in
      {
        inherit (module) key;
        inherit module nodes;
        disabled =
          (
            if module.disabledModules == [ ] then
              [ ]
            else
              map (disabled: {
                file = module._file;
                inherit disabled;
              }) module.disabledModules
          )
          ++ concatMap (node: node.disabled) nodes;
      }
    ) modules;

  disabledKey =
    modulesPath:
    { file, disabled }:
    if isString disabled then
      (if substring 0 1 disabled == "/" then disabled else "${toString modulesPath}/${disabled}")
    else if isAttrs disabled && disabled ? key then
      toString disabled.key
    else if lib.isConvertibleWithToString disabled then
      toString disabled
    else
      throw "Module `${file}' contains a disabledModules item that is a ${typeOf disabled} without a `key': give a path, a string or { key = …; }.";

  collectModules =
    class: modulesPath: modules: args:
    let
      tree = collectTree class args lib.unknownModule "" modules;
      disabledKeys = map (disabledKey modulesPath) (concatMap (node: node.disabled) tree);
      enabled = if disabledKeys == [ ] then lib.id else filter (node: !elem node.key disabledKeys);
    in
    map (node: node.module) (genericClosure {
      startSet = enabled tree;
      operator = node: enabled node.nodes;
    });
in
{
  inherit
    unifyModuleSyntax
    applyModuleArgs
    applyModuleArgsIfFunction
    collectModules
    ;
}

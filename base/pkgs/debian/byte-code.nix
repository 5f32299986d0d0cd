# Python byte code of packages, which Debian's maintainer scripts would write on the machine: compiled once for each
# package by the Python of the same closure, in a sandbox.
{
  system,
  names,
  objects,
  once,
  sysrootWith,
}:
let
  isInterpreter = record: builtins.match "python3[.][0-9]+-minimal" record.name != null;
  isLibrary = record: builtins.match "libpython3[.][0-9]+-(minimal|stdlib)" record.name != null;

  # What has Python modules says so in its dependencies, but for the library of the interpreter itself.
  dependsOnPython = record: builtins.match ".*(^|[ ,|])python3.*" " ${record.depends}" != null;

  files = [ "/usr/lib/python3*/**/*.py" ];
  script = builtins.path {
    name = "byte-code.py";
    path = ./byte-code.py;
  };

  compiledBy =
    interpreter:
    let
      sysroot = sysrootWith {
        name = "python-sysroot";
        packages = [ interpreter.name ];
      };
    in
    record:
    let
      name = names.storeName "${record.name}-${record.version}";
      sources = derivation {
        name = "${name}.python";
        system = "builtin";
        builder = "builtin:hardpan-object-files-v1";
        object = objects.object record;
        files = builtins.toJSON files;
      };
      tree = derivation {
        name = "${name}.byte-code";
        inherit system;
        builder = "/usr/bin/${builtins.head (builtins.match "(.*)-minimal" interpreter.name)}";
        args = [
          "-s"
          "-S"
          "-B"
          script
          sources
        ];
        # The order of sets in constants follows the hashes of texts.
        PYTHONHASHSEED = "0";
        __hardpanSysroot = sysroot;
      };
    in
    {
      name = "byte code of ${record.name}";
      object = "${
        derivation {
          name = "${name}.byte-code.object";
          system = "builtin";
          builder = "builtin:hardpan-tree-object-v2";
          inherit tree;
          compression = "lz4";
        }
      }";
    };
  ofPackages =
    packages:
    let
      interpreters = builtins.filter isInterpreter packages;
      withPython = builtins.filter (record: isLibrary record || dependsOnPython record) packages;
    in
    if interpreters == [ ] then [ ] else map (compiledBy (builtins.head interpreters)) withPython;
in
# As the linker's description of a root wants them, for the packages of one closure.
packages:
once "byte code ${
  builtins.toJSON (map (record: "${record.sha256} ${record.archive} ${record.filename}") packages)
}" (ofPackages packages)

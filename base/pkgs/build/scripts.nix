# Shell scripts.
{ lib, pkgs }:
let
  inherit (pkgs) writeTextFile;

  # The shell of the machine that a script runs on; naming it brings it along.
  runtimeShell = "${pkgs.bash}/bin/bash";

  script = text: "#!${runtimeShell}\n${text}\n";

  exports =
    variables:
    lib.concatStrings (
      lib.mapAttrsToList (name: value: ''
        ${lib.toShellVar name value}
        export ${name}
      '') variables
    );

  interpreted =
    interpreter: name: text:
    writeTextFile {
      name = builtins.baseNameOf name;
      text = "#!${interpreter}\n${text}\n";
      executable = true;
      destination = lib.optionalString (lib.hasPrefix "/" name) name;
    };

  # Under /bin of an output.
  inBin = writer: name: writer "/bin/${name}";
in
rec {
  inherit runtimeShell;
  runtimeShellPackage = pkgs.bash;

  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      text = script text;
      executable = true;
    };

  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      text = script text;
      executable = true;
      destination = "/bin/${name}";
    };

  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? { },
      meta ? { },
      passthru ? { },
      checkPhase ? "",
      # Nothing is checked unless a phase is given: these are accepted.
      excludeShellChecks ? [ ],
      extraShellCheckFlags ? [ ],
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      derivationArgs ? { },
      inheritPath ? true,
    }:
    writeTextFile {
      inherit name meta passthru;
      checkPhase = if checkPhase == null then "" else checkPhase;
      executable = true;
      destination = "/bin/${name}";
      text = script (
        lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
        + exports (if runtimeEnv == null then { } else runtimeEnv)
        + lib.optionalString (runtimeInputs != [ ]) "export PATH=\"${lib.makeBinPath runtimeInputs}${lib.optionalString inheritPath ":$PATH"}\"\n"
        + lib.optionalString (runtimeInputs == [ ] && !inheritPath) "export PATH=\n"
        + "\n"
        + text
      );
    };

  writers = rec {
    writeBash = interpreted runtimeShell;
    writeBashBin = inBin writeBash;
    writeDash = interpreted "${pkgs.dash}/bin/dash";
    writeDashBin = inBin writeDash;
    writePerl = name: { libraries ? [ ], ... }: interpreted "${pkgs.perl.withPackages (_: libraries)}/bin/perl" name;
    writePerlBin = name: writePerl "/bin/${name}";
    writePython3 =
      name:
      {
        libraries ? [ ],
        ...
      }:
      interpreted "${pkgs.python3.withPackages (_: libraries)}/bin/python3" name;
    writePython3Bin = name: writePython3 "/bin/${name}";
    writeText = pkgs.writeText;
    writeJSON = name: value: pkgs.writeText name (builtins.toJSON value);
    writeYAML = name: (pkgs.formats.yaml { }).generate name;
    writeTOML = name: (pkgs.formats.toml { }).generate name;
  };

  inherit (writers)
    writeBash
    writeBashBin
    writeDash
    writeDashBin
    writePerl
    writePerlBin
    writePython3
    writePython3Bin
    ;
}

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

  # A derivation that fails, with the words of bash or shellcheck, unless they find nothing in a script.
  shellChecked =
    name: flags: text:
    derivation {
      name = "check-${name}";
      inherit (pkgs.stdenv.hostPlatform) system;
      builder = "/usr/bin/bash";
      args = [
        "-c"
        ''
          PATH=/usr/bin
          cd "$NIX_BUILD_TOP"
          printf '%s\n' "$(< "$textPath")" > "$script"
          bash -n "$script" && shellcheck --color=never $flags "$script" && : > "$out"
        ''
      ];
      flags = lib.concatStringsSep " " flags;
      script = name;
      # What the script names need not be there to read it.
      text = builtins.unsafeDiscardStringContext text;
      passAsFile = [ "text" ];
      LC_ALL = "C";
      __hardpanSysroot = pkgs.hardpan.sysrootWith {
        name = "shellcheck-root";
        packages = [
          "bash"
          "shellcheck"
        ];
      };
    };

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
      checkPhase ? null,
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
    let
      whole = script (
        lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
        + exports (if runtimeEnv == null then { } else runtimeEnv)
        + lib.optionalString (runtimeInputs != [ ]) "export PATH=\"${lib.makeBinPath runtimeInputs}${lib.optionalString inheritPath ":$PATH"}\"\n"
        + lib.optionalString (runtimeInputs == [ ] && !inheritPath) "export PATH=\n"
        + "\n"
        + text
      );
      excluded = lib.optional (excludeShellChecks != [ ]) "--exclude=${lib.concatStringsSep "," excludeShellChecks}";
    in
    writeTextFile {
      inherit name meta passthru;
      checkPhase = if checkPhase == null then "" else checkPhase;
      waitsFor = if checkPhase == null then shellChecked name (excluded ++ extraShellCheckFlags) whole else null;
      executable = true;
      destination = "/bin/${name}";
      text = whole;
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

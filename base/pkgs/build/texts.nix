# Files whose text is known when the configuration is evaluated: written without a sandbox.
{ lib, pkgs }:
let
  describe =
    derivation':
    {
      meta ? { },
      passthru ? { },
    }:
    lib.extendDerivation true (passthru // { inherit meta passthru; }) derivation';

  write =
    {
      name,
      text,
      executable,
      destination,
      waitsFor,
    }:
    derivation (
      {
        inherit name text destination;
        system = "builtin";
        builder = "builtin:hardpan-write-v1";
        executable = if executable then "1" else "";
      }
      // lib.optionalAttrs (waitsFor != null) { inherit waitsFor; }
    );

  # The store can be read by everybody.
  withoutSecrets =
    name: text:
    let
      kind = lib.hardpan.secretIn text;
    in
    if kind == null then
      text
    else
      lib.warn "the text of '${name}' holds what looks like ${kind}, and everybody can read the store and the images made of it: keep it in a file on the machine that the service reads with LoadCredential" text;

  # A check has to run, and so needs a sandbox.
  writeAndCheck =
    {
      name,
      text,
      executable,
      destination,
      checkPhase,
    }:
    pkgs.runCommand name
      {
        inherit text checkPhase;
        passAsFile = [ "text" ];
        inherit destination;
        mode = if executable then "755" else "644";
      }
      ''
        target=$out$destination
        install -D -m "$mode" "$textPath" "$target"
        eval "$checkPhase"
      '';

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      preferLocalBuild ? true,
      allowSubstitutes ? false,
      derivationArgs ? { },
      # A derivation that has to succeed before.
      waitsFor ? null,
    }:
    let
      file = {
        inherit
          name
          executable
          destination
          ;
        text = withoutSecrets name text;
      };
      program = lib.optionalAttrs (executable && lib.hasPrefix "/bin/" destination) {
        mainProgram = lib.removePrefix "/bin/" destination;
      };
    in
    describe (if checkPhase == "" then write (file // { inherit waitsFor; }) else writeAndCheck (file // { inherit checkPhase; })) {
      inherit passthru;
      meta = program // meta;
    };
in
{
  inherit writeTextFile;

  writeText = name: text: writeTextFile { inherit name text; };

  # `path` is where the file lies below the output.
  writeTextDir =
    path: text:
    writeTextFile {
      inherit text;
      name = builtins.baseNameOf path;
      destination = "/${path}";
    };

  # A script that says in its first line what runs it.
  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };

  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
    };

  concatText = name: files: pkgs.concatTextFile { inherit name files; };
  concatScript =
    name: files:
    pkgs.concatTextFile {
      inherit name files;
      executable = true;
    };

  concatTextFile =
    {
      name,
      files,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
    }:
    pkgs.runCommandLocal name
      {
        inherit
          files
          checkPhase
          destination
          meta
          passthru
          ;
        mode = if executable then "755" else "644";
      }
      ''
        target=$out$destination
        cat $files > joined
        install -D -m "$mode" joined "$target"
        eval "$checkPhase"
      '';

  emptyFile = write {
    waitsFor = null;
    name = "empty-file";
    text = "";
    executable = false;
    destination = "";
  };
}

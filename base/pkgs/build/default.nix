# Builders of small files.
{ pkgs, ... }:
let
  write =
    {
      name,
      text,
      executable ? false,
      destination ? "",
    }:
    derivation {
      inherit name text destination;
      system = "builtin";
      builder = "builtin:hardpan-write-v1";
      executable = if executable then "1" else "";
    };
in
rec {
  runtimeShell = "${pkgs.bash}/bin/bash";
  writeTextFile = { name, text, executable ? false, destination ? "", ... }: write { inherit name text executable destination; };
  writeText = name: text: write { inherit name text; };
  writeTextDir = path: text: write { name = builtins.baseNameOf path; inherit text; destination = "/${path}"; };
  writeShellScript = name: text: write { inherit name; text = "#!${runtimeShell}\n${text}"; executable = true; };
  writeShellScriptBin =
    name: text:
    write {
      inherit name;
      text = "#!${runtimeShell}\n${text}";
      executable = true;
      destination = "/bin/${name}";
    };
}

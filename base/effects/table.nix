# The table of docs/maintainer-scripts.md, as text: one row for each script that somebody has read.
let
  files = builtins.attrNames (removeAttrs (builtins.readDir ./.) [ "table.nix" ]);
  packageOf = file: builtins.head (builtins.match "(.*)[.]nix" file);

  rowsOf =
    file:
    let
      scripts = (import (./. + "/${file}")).scripts;
      row =
        script:
        let
          read = scripts.${script};
          short = map (hash: "`${builtins.substring 0 12 hash}`") read.sha256;
        in
        "| ${packageOf file} | ${script} | ${builtins.concatStringsSep " " short} | ${read.by} |\n";
    in
    builtins.concatStringsSep "" (map row (builtins.attrNames scripts));
in
"| package | script | SHA-256 begins | what does its work, or why nothing need |\n|---|---|---|---|\n"
+ builtins.concatStringsSep "" (map rowsOf files)

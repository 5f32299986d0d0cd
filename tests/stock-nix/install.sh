#!/usr/bin/env bash
# Puts stock Nix's programs into a folder, for the tests that compare with it: Debian's nix-bin, through hardpan's own
# store. Nothing is installed on the machine. Usage: install.sh FOLDER; then put FOLDER into PATH.
set -euo pipefail

folder=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."

# A copy outside any git work tree, so that no lock file is written beside the original.
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
cp "$here/flake.nix" "$here/flake.lock" "$project"
tree=$(cargo run --quiet -- build --update-input hardpan --out-link "$folder/tree" "$project")

for program in nix nix-build nix-hash nix-instantiate nix-store; do
    cat >"$folder/$program" <<WRAPPER
#!/bin/sh
export NIX_CONFIG="build-users-group =
\${NIX_CONFIG:-}"
exec $tree/usr/lib64/ld-linux-x86-64.so.2 --argv0 $program --library-path $tree/usr/lib/x86_64-linux-gnu $tree/usr/bin/nix "\$@"
WRAPPER
    chmod +x "$folder/$program"
done
"$folder/nix-instantiate" --version

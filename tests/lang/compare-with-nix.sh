#!/usr/bin/env bash
# Runs every case through the nix-instantiate that is installed and shows where it differs from what is expected.
#
# What is expected is what Nix 2.34 does. Older versions differ where they print or word things differently; the cases
# for builtins that they lack fail. Usage: compare-with-nix.sh [name pattern]
set -u -o pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pattern=${1:-*}
store=$(mktemp -d)
trap 'chmod -R u+w "$store"; rm -rf "$store"' EXIT
export NIX_PATH=

evaluate() {
    nix-instantiate --eval --strict --read-write-mode --store "$store" --option substitute false "$1" 2>"$store.err"
}

# The message of the failure: errors may stand behind warnings and before a trace.
message() {
    sed -n 's/^ *error: //p' "$store.err" | grep -v '^$' | tail -n 1
}

total=0 different=0
report() {
    different=$((different + 1))
    printf '%s\n  expected: %s\n  nix:      %s\n' "$(basename "$1")" "$2" "$3"
}

for case in "$folder"/okay-$pattern.nix "$folder"/parse-$pattern.nix "$folder"/fail-$pattern.nix; do
    [[ -e $case ]] || continue
    total=$((total + 1))
    case $(basename "$case") in
        okay-*)
            expected=$(<"${case%.nix}.exp")
            found=$(evaluate "$case") || found="error: $(message)"
            [[ $found == "$expected" ]] || report "$case" "$expected" "$found"
            ;;
        parse-*)
            expected=$(<"${case%.nix}.exp")
            found=$(nix-instantiate --parse "$case" 2>"$store.err") || found="error: $(message)"
            [[ $found == "$expected" ]] || report "$case" "$expected" "$found"
            ;;
        fail-*)
            expected=$(<"${case%.nix}.err")
            if found=$(evaluate "$case"); then
                report "$case" "$expected" "$found"
            elif ! grep -qF -- "$expected" "$store.err"; then
                report "$case" "$expected" "error: $(message)"
            fi
            ;;
    esac
done
rm -f "$store.err"
printf '%d of %d cases differ (%s)\n' "$different" "$total" "$(nix-instantiate --version)"
((different == 0))

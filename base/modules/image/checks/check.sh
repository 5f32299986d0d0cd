# How every check runs: the generated files lie below $root, which is the working directory; the command is a file.
set -u
root=$NIX_BUILD_TOP/root
mkdir "$root"
cd "$root"
source "$filesPath"

# Runs a program as an ordinary user, with the image's accounts, in a network of its own that it may change.
on_machine() {
  export passwdPath groupPath NIX_BUILD_TOP
  unshare --map-current-user --keep-caps --mount --net bash -c '
    cat /etc/passwd "$passwdPath" "$0/passwd.master" > "$NIX_BUILD_TOP/passwd" && mount --bind "$NIX_BUILD_TOP/passwd" /etc/passwd &&
    cat /etc/group "$groupPath" "$0/group.master" > "$NIX_BUILD_TOP/group" && mount --bind "$NIX_BUILD_TOP/group" /etc/group &&
    exec "$@"' /usr/share/base-passwd "$@"
}

# Fails after the lines of $said that `grep` finds with these arguments, if there are any.
refuse_lines() {
  grep "$@" "$said" > "$NIX_BUILD_TOP/wrong" || return 0
  cat "$NIX_BUILD_TOP/wrong"
  return 1
}

said=$NIX_BUILD_TOP/said
(source "$commandPath") > "$NIX_BUILD_TOP/log" 2>&1
result=$?
# Files are named as the image has them.
log=$(< "$NIX_BUILD_TOP/log")
[ -z "$log" ] || printf '%s\n' "${log//$root}"
if [[ $log == *'unshare: unshare failed: '* ]]; then
  echo 'This machine makes no namespaces within a sandbox: not checked.'
  result=0
fi
[ "$result" -eq 0 ] && : > "$out"

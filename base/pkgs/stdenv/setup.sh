# The build environment: what a builder sources before it builds.
#
# A build runs in phases, each a function that a derivation replaces with a text of the same name, with hooks before
# and after. Tools come from the root that the sandbox shows; inputs that are store paths of their own are added here.

set -e -o pipefail
shopt -s nullglob inherit_errexit

: "${out:=}" "${outputs:=out}" "${NIX_BUILD_TOP:=$PWD}" "${NIX_BUILD_CORES:=1}"
: "${prefix=$out}"
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1}" TZ=UTC LC_ALL="${LC_ALL:-C.UTF-8}"
export HOME="${HOME:-/homeless-shelter}" SHELL=/bin/bash CONFIG_SHELL=/bin/bash
export PATH=/usr/bin:/usr/sbin:/bin:/sbin

# ---- messages and small helpers ------------------------------------------------------------------------------------

nixLog() { echo "$*" >&2; }

die() {
  nixLog "error: $*"
  exit 1
}

# prependTo VARIABLE DIRECTORY...: puts existing directories in front of a list with colons.
prependTo() {
  local variable=$1 directory
  shift
  for directory in "$@"; do
    if [ -d "$directory" ]; then
      export "$variable=$directory${!variable:+:${!variable}}"
    fi
  done
}

# ---- inputs --------------------------------------------------------------------------------------------------------

declare -A hardpanSeen=()

addInput() {
  local input=$1 next
  if [ -n "${hardpanSeen[$input]:-}" ]; then return; fi
  hardpanSeen[$input]=1
  prependTo PATH "$input/bin"
  prependTo CPATH "$input/include"
  prependTo LIBRARY_PATH "$input/lib"
  prependTo LD_RUN_PATH "$input/lib"
  prependTo PKG_CONFIG_PATH "$input/share/pkgconfig" "$input/lib/pkgconfig"
  prependTo CMAKE_PREFIX_PATH "$input"
  for next in $(cat "$input"/nix-support/propagated-*build-inputs 2>/dev/null); do
    addInput "$next"
  done
  if [ -f "$input/nix-support/setup-hook" ]; then
    source "$input/nix-support/setup-hook"
  fi
}

for hardpanInput in ${hardpanInputs:-}; do
  addInput "$hardpanInput"
done
unset hardpanInput

# Programs find the libraries that are built beside them.
if command -v ld > /dev/null && [ -n "$out" ]; then
  export LD_RUN_PATH="$out/lib${LD_RUN_PATH:+:$LD_RUN_PATH}"
fi

# ---- hooks and phases ----------------------------------------------------------------------------------------------

# runHook NAME: the text or function of that name and all of NAMEHooks.
runHook() {
  local hook hooks="${1}Hooks[@]"
  runIfAny "$1"
  for hook in "${!hooks}"; do
    runIfAny "$hook"
  done
}

# A text in the environment comes before a function of that name; what is no name is a command itself.
runIfAny() {
  if ! [[ $1 =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then
    eval "$1"
  elif [ -n "${!1:-}" ]; then
    eval "${!1}"
  elif declare -F "$1" > /dev/null; then
    "$1"
  fi
}

runPhase() {
  local phase=$1 started
  case $phase in
    unpackPhase) [ -z "${dontUnpack:-}" ] || return 0 ;;
    patchPhase) [ -z "${dontPatch:-}" ] || return 0 ;;
    configurePhase) [ -z "${dontConfigure:-}" ] || return 0 ;;
    buildPhase) [ -z "${dontBuild:-}" ] || return 0 ;;
    checkPhase) [ -n "${doCheck:-}" ] || return 0 ;;
    installPhase) [ -z "${dontInstall:-}" ] || return 0 ;;
    fixupPhase) [ -z "${dontFixup:-}" ] || return 0 ;;
    installCheckPhase) [ -n "${doInstallCheck:-}" ] || return 0 ;;
    distPhase) [ -n "${doDist:-}" ] || return 0 ;;
  esac
  nixLog "Running phase: $phase"
  runIfAny "$phase"
  if [ "$phase" = unpackPhase ]; then
    cd -- "${sourceRoot:-.}"
  fi
}

genericBuild() {
  local phase
  if [ -n "${buildCommandPath:-}" ]; then
    source "$buildCommandPath"
    return
  fi
  if [ -n "${buildCommand:-}" ]; then
    eval "$buildCommand"
    return
  fi
  for phase in ${phases:-${prePhases:-} unpackPhase patchPhase ${preConfigurePhases:-} configurePhase \
    ${preBuildPhases:-} buildPhase checkPhase ${preInstallPhases:-} installPhase ${preFixupPhases:-} fixupPhase \
    installCheckPhase ${preDistPhases:-} distPhase ${postPhases:-}}; do
    runPhase "$phase"
  done
}

# ---- unpack and patch ----------------------------------------------------------------------------------------------

# The name of a store path without its hash.
stripHash() {
  local name=${1##*/}
  if [[ $name =~ ^[0-9a-z]{32}- ]]; then name=${name:33}; fi
  echo "$name"
}

unpackFile() {
  local file=$1
  nixLog "unpacking source archive $file"
  if [ -n "${unpackCmd:-}" ]; then
    curSrc=$file
    eval "$unpackCmd"
  elif [ -d "$file" ]; then
    cp --recursive --preserve=mode,timestamps --no-dereference -- "$file" "$(stripHash "$file")"
  else
    case $file in
      *.zip) unzip -qq "$file" ;;
      *.tar | *.tar.* | *.tgz | *.tbz2 | *.tbz | *.txz) tar --extract --no-same-owner --file "$file" ;;
      *) die "do not know how to unpack $file; set unpackPhase or dontUnpack" ;;
    esac
  fi
}

unpackPhase() {
  local before file after=() entry
  runHook preUnpack
  if [ -z "${src:-}${srcs:-}" ]; then
    die 'there is no src or srcs; set them, or dontUnpack = true'
  fi
  before=" $(echo *) "
  for file in ${srcs:-$src}; do
    unpackFile "$file"
  done
  if [ -n "${setSourceRoot:-}" ]; then
    eval "$setSourceRoot"
  elif [ -z "${sourceRoot:-}" ]; then
    for entry in *; do
      if [ -d "$entry" ] && [[ $before != *" $entry "* ]]; then after+=("$entry"); fi
    done
    if [ ${#after[@]} -ne 1 ]; then
      die "the source has ${#after[@]} directories; set sourceRoot to one of: ${after[*]}"
    fi
    sourceRoot=${after[0]}
  fi
  if [ -z "${dontMakeSourcesWritable:-}" ]; then
    chmod --recursive u+w -- "$sourceRoot"
  fi
  runHook postUnpack
}

patchPhase() {
  local file reader
  runHook prePatch
  for file in ${patches:-}; do
    nixLog "applying patch $file"
    case $file in
      *.gz) reader='gzip -d' ;;
      *.bz2) reader='bzip2 -d' ;;
      *.xz) reader='xz -d' ;;
      *) reader=cat ;;
    esac
    $reader < "$file" | patch ${patchFlags:--p1}
  done
  runHook postPatch
}

# ---- configure, build, check, install ------------------------------------------------------------------------------

configurePhase() {
  local flags=()
  runHook preConfigure
  if [ -z "${configureScript:-}" ] && [ -x ./configure ]; then configureScript=./configure; fi
  if [ -n "${configureScript:-}" ]; then
    if [ -z "${dontAddPrefix:-}" ]; then flags+=("${prefixKey:---prefix=}$prefix"); fi
    if [ -z "${dontDisableStatic:-}" ] && grep -q enable-static "$configureScript" 2>/dev/null; then
      flags+=(--disable-static)
    fi
    $configureScript "${flags[@]}" ${configureFlags:-} "${configureFlagsArray[@]}"
  elif [ -f CMakeLists.txt ] && [ -z "${dontUseCmakeConfigure:-}" ] && command -v cmake > /dev/null; then
    mkdir -p "${cmakeBuildDir:-build}"
    cd "${cmakeBuildDir:-build}"
    cmake .. -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_BUILD_TYPE="${cmakeBuildType:-Release}" \
      -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_RPATH="${LD_RUN_PATH//:/;}" ${cmakeFlags:-} "${cmakeFlagsArray[@]}"
  elif [ -f meson.build ] && [ -z "${dontUseMesonConfigure:-}" ] && command -v meson > /dev/null; then
    meson setup "${mesonBuildDir:-build}" --prefix="$prefix" --libdir=lib --buildtype="${mesonBuildType:-plain}" \
      ${mesonFlags:-} "${mesonFlagsArray[@]}"
    cd "${mesonBuildDir:-build}"
  else
    nixLog 'no configure script, doing nothing'
  fi
  runHook postConfigure
}

# runMake TARGETS-AND-FLAGS...: with ninja where its file is, else with make.
runMake() {
  local jobs=()
  if [ -n "${enableParallelBuilding:-}" ]; then jobs=("-j$NIX_BUILD_CORES"); fi
  if [ -f build.ninja ]; then
    ninja "${jobs[@]}" "$@"
  else
    make ${makefile:+-f "$makefile"} "${jobs[@]}" SHELL=/bin/bash ${makeFlags:-} "${makeFlagsArray[@]}" "$@"
  fi
}

hasMakefile() {
  [ -n "${makefile:-}" ] || [ -e Makefile ] || [ -e makefile ] || [ -e GNUmakefile ] || [ -e build.ninja ]
}

buildPhase() {
  runHook preBuild
  if hasMakefile; then
    runMake ${buildFlags:-} "${buildFlagsArray[@]}"
  else
    nixLog 'no Makefile, doing nothing'
  fi
  runHook postBuild
}

# firstTarget NAME...: the first that the makefile has.
firstTarget() {
  local name
  for name in "$@"; do
    if runMake -n "$name" > /dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
}

checkPhase() {
  local target
  runHook preCheck
  if hasMakefile; then
    target=${checkTarget:-$(firstTarget check test)}
    if [ -n "$target" ]; then
      runMake ${checkFlags:-} "${checkFlagsArray[@]}" $target
    fi
  fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if hasMakefile; then
    mkdir -p "$prefix"
    runMake ${installFlags:-} "${installFlagsArray[@]}" ${installTargets:-install}
  else
    die 'there is no Makefile to install with; set installPhase'
  fi
  runHook postInstall
}

installCheckPhase() {
  local target
  runHook preInstallCheck
  if hasMakefile; then
    target=${installCheckTarget:-$(firstTarget installcheck)}
    if [ -n "$target" ]; then runMake ${installCheckFlags:-} $target; fi
  fi
  runHook postInstallCheck
}

distPhase() {
  runHook preDist
  runMake ${distFlags:-} ${distTarget:-dist}
  runHook postDist
}

# ---- fixup ---------------------------------------------------------------------------------------------------------

# patchShebangs PATH...: `#!/usr/bin/env x` becomes the path of an input that has x; what Debian has stays as it is.
patchShebangs() {
  local path file
  for path in "$@"; do
    [ -e "$path" ] || continue
    while IFS= read -r -d '' file; do
      patchShebang "$file"
    done < <(find "$path" -type f -perm /111 -print0)
  done
}

patchShebang() {
  local line input program
  IFS= read -r -n 256 line < "$1" 2> /dev/null || [ -n "$line" ] || return 0
  [[ $line =~ ^'#!'[[:space:]]*/usr/bin/env[[:space:]]+([^[:space:]]+)(.*)$ ]] || return 0
  program=${BASH_REMATCH[1]}
  for input in ${buildInputs:-} ${hardpanInputs:-}; do
    if [ -e "$input/bin/$program" ] || [ -L "$input/bin/$program" ]; then
      sed -i "1s|.*|#!$input/bin/$program${BASH_REMATCH[2]}|" "$1"
      return 0
    fi
  done
}

stripFiles() {
  command -v strip > /dev/null || return 0
  local directory file
  for directory in lib lib64 libexec bin sbin; do
    [ -d "$1/$directory" ] || continue
    while IFS= read -r -d '' file; do
      if [ "$(head -c 4 "$file" | tr -d '\0')" = $'\x7fELF' ]; then
        strip ${stripAllFlags:---strip-debug} --enable-deterministic-archives "$file" 2> /dev/null || true
      fi
    done < <(find "$1/$directory" -type f -print0)
  done
}

fixupPhase() {
  local output path
  for output in $outputs; do
    if [ -e "${!output}" ] && [ ! -L "${!output}" ]; then chmod --recursive u+w "${!output}"; fi
  done
  runHook preFixup
  for output in $outputs; do
    path=${!output}
    [ -d "$path" ] || continue
    if [ -z "${dontPatchShebangs:-}" ]; then patchShebangs "$path"; fi
    if [ -z "${dontStrip:-}" ]; then stripFiles "$path"; fi
  done
  if [ -n "${propagatedBuildInputs:-}" ] && [ -d "$out" ]; then
    mkdir -p "$out/nix-support"
    echo "$propagatedBuildInputs" > "$out/nix-support/propagated-build-inputs"
  fi
  if [ -n "${setupHook:-}" ]; then
    mkdir -p "$out/nix-support"
    cp "$setupHook" "$out/nix-support/setup-hook"
  fi
  runHook postFixup
}

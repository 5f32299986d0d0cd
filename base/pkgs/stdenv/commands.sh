# Commands for the phases of a build, sourced together with setup.sh.

# substituteStream VARIABLE WHAT ARGUMENTS...: replaces in the text that the variable holds.
substituteStream() {
  local -n hardpanText=$1
  local what=$2 mode old new
  shift 2
  while [ $# -gt 0 ]; do
    mode=$1
    case $mode in
      --replace | --replace-fail | --replace-warn | --replace-quiet)
        old=$2 new=$3
        shift 3
        ;;
      --subst-var)
        old="@$2@" new=${!2}
        shift 2
        ;;
      --subst-var-by)
        old="@$2@" new=$3
        shift 3
        ;;
      *) die "substitute: unknown argument '$mode'" ;;
    esac
    if [[ $hardpanText != *"$old"* ]]; then
      case $mode in
        --replace-fail) die "substitute: '$old' is not in $what" ;;
        --replace | --replace-warn) nixLog "substitute: '$old' is not in $what" ;;
      esac
      continue
    fi
    hardpanText=${hardpanText//"$old"/"$new"}
  done
}

# substitute IN OUT ARGUMENTS...
substitute() {
  local in=$1 to=$2 hardpanContent
  shift 2
  [ -f "$in" ] || die "substitute: the file '$in' does not exist"
  IFS= read -r -d '' hardpanContent < "$in" || true
  substituteStream hardpanContent "$in" "$@"
  printf '%s' "$hardpanContent" > "$to"
}

# substituteInPlace FILE... ARGUMENTS...
substituteInPlace() {
  local files=() file
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do
    files+=("$1")
    shift
  done
  for file in "${files[@]}"; do
    substitute "$file" "$NIX_BUILD_TOP/.substituted" "$@"
    cat "$NIX_BUILD_TOP/.substituted" > "$file"
    rm "$NIX_BUILD_TOP/.substituted"
  done
}

# substituteAll IN OUT: every variable of the environment whose name begins with a small letter.
substituteAll() {
  local arguments=() name
  while IFS= read -r name; do
    arguments+=(--subst-var "$name")
  done < <(compgen -e | grep '^[a-z]')
  substitute "$1" "$2" "${arguments[@]}"
}

substituteAllInPlace() {
  substituteAll "$1" "$NIX_BUILD_TOP/.all-substituted"
  cat "$NIX_BUILD_TOP/.all-substituted" > "$1"
}

# makeWrapper PROGRAM WRAPPER ARGUMENTS...: a script that sets the scene and runs the program.
makeWrapper() {
  local program=$1 wrapper=$2 flags='' after='' name=
  shift 2
  [ -x "$program" ] || [ -L "$program" ] || die "makeWrapper: '$program' is no program"
  mkdir -p "$(dirname "$wrapper")"
  {
    echo "#!${shell:-/bin/bash} -e"
    while [ $# -gt 0 ]; do
      case $1 in
        --set) printf 'export %s=%q\n' "$2" "$3"; shift 3 ;;
        --set-default) printf 'export %s=${%s-%q}\n' "$2" "$2" "$3"; shift 3 ;;
        --unset) echo "unset $2"; shift 2 ;;
        --chdir) printf 'cd %q\n' "$2"; shift 2 ;;
        --run) echo "$2"; shift 2 ;;
        --prefix) printf 'export %s=%q${%s:+%q}$%s\n' "$2" "$4" "$2" "$3" "$2"; shift 4 ;;
        --suffix) printf 'export %s=$%s${%s:+%q}%q\n' "$2" "$2" "$2" "$3" "$4"; shift 4 ;;
        --add-flags | --add-flag) flags+=" $2"; shift 2 ;;
        --append-flags | --append-flag) after+=" $2"; shift 2 ;;
        --argv0) name=$2; shift 2 ;;
        --inherit-argv0) name='$0'; shift ;;
        --resolve-argv0) shift ;;
        *) die "makeWrapper: unknown argument '$1'" ;;
      esac
    done
    echo "exec -a \"${name:-\$0}\" \"$program\"$flags \"\$@\"$after"
  } > "$wrapper"
  chmod +x "$wrapper"
}

# wrapProgram PROGRAM ARGUMENTS...: the program moves aside for a wrapper of its name.
wrapProgram() {
  local program=$1 hidden
  hidden="$(dirname "$program")/.$(basename "$program")-wrapped"
  while [ -e "$hidden" ] || [ -L "$hidden" ]; do hidden="${hidden}_"; done
  mv "$program" "$hidden"
  shift
  makeWrapper "$hidden" "$program" --inherit-argv0 "$@"
}

wrapProgramShell() { wrapProgram "$@"; }
makeShellWrapper() { makeWrapper "$@"; }

installBin() { install -D -m 755 -t "$out/bin" "$@"; }

# installManPage FILE...: each into the section that its name ends with.
installManPage() {
  local file section
  for file in "$@"; do
    section=${file%.gz}
    section=${section##*.}
    install -D -m 644 "$file" "$out/share/man/man${section:0:1}/${file##*/}"
  done
}

# installShellCompletion [--cmd NAME] [--bash|--fish|--zsh FILE]...
installShellCompletion() {
  local command= kind=
  while [ $# -gt 0 ]; do
    case $1 in
      --cmd) command=$2; shift 2 ;;
      --bash | --fish | --zsh) kind=${1#--}; shift ;;
      --name) command=$2; shift 2 ;;
      *)
        installCompletion "${kind:-${1##*.}}" "$1" "${command:-$(stripHash "${1%.*}")}"
        shift
        ;;
    esac
  done
}

installCompletion() {
  local directory name
  case $1 in
    bash) directory=bash-completion/completions name=$3 ;;
    fish) directory=fish/vendor_completions.d name=$3.fish ;;
    zsh) directory=zsh/site-functions name=_${3#_} ;;
    *) die "installShellCompletion: '$2' is for no shell that is known" ;;
  esac
  mkdir -p "$out/share/$directory"
  cat "$2" > "$out/share/$directory/$name"
}

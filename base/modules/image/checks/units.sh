# Asks systemd about each unit that the configuration writes. Whether programs are there is seen when the image is
# linked; units of packages that are not here have something harmless in their place.
own=$root/etc/systemd/system
also=$root/usr/lib/systemd/system
packaged=/usr/lib/systemd/system
stand_in=$root/stand-in
mkdir -p "$own" "$also" "$stand_in"

stand_in_for() {
  case $1 in
    *.service) printf '[Service]\nType=oneshot\nExecStart=/usr/bin/true\n' ;;
    *.timer) printf '[Timer]\nOnBootSec=1d\n' ;;
    *.socket) printf '[Socket]\nListenStream=/run/none\n' ;;
    *.mount) printf '[Mount]\nWhat=none\nWhere=%s\n' "$(systemd-escape --path --unescape "${1%.mount}")" ;;
    *.automount) printf '[Automount]\nWhere=%s\n' "$(systemd-escape --path --unescape "${1%.automount}")" ;;
    *.path) printf '[Path]\nPathExists=/\n' ;;
    *) printf '[Unit]\nDescription=%s\n' "$1" ;;
  esac > "$stand_in/$1"
}

shopt -s nullglob
units=()
for file in "$own"/* "$also"/*; do
  name=${file##*/}
  case $name in
    *.wants | *.requires | *.upholds) continue ;;
    *.d)
      name=${name%.d}
      [ -e "$own/$name" ] || [ -e "$also/$name" ] || [ -e "$packaged/$name" ] || stand_in_for "$name"
      ;;
    *) [ -f "$file" ] && [ ! -L "$file" ] || continue ;;
  esac
  case $name in
    # A template is looked at by one of its instances.
    *@.*) units+=("${name%%@.*}@instance.${name##*@.}") ;;
    *) units+=("$name") ;;
  esac
done
[ "${#units[@]}" -gt 0 ] || exit 0

export SYSTEMD_UNIT_PATH=$own:$also:$packaged:$stand_in
systemd-analyze verify --man=no --recursive-errors=no "${units[@]}" > "$said" 2>&1

# Lines about other units are about packages' own.
wrong=0
while IFS= read -r line; do
  case $line in
    *' is not executable: '*) continue ;;
    "$root"/*) ;;
    *)
      for unit in "${units[@]}"; do
        case $line in
          "$unit: "* | "Unit $unit "*) break ;;
          *) false ;;
        esac
      done || continue
      ;;
  esac
  printf '%s\n' "$line"
  wrong=1
done < "$said"
exit "$wrong"

# Carries out the lines without doing anything. Accounts that packages bring are not known here.
shopt -s nullglob
on_machine systemd-tmpfiles --create --boot --dry-run "$root"/{etc,usr/lib}/tmpfiles.d/*.conf > "$said" 2>&1
grep --invert-match ': Failed to resolve \(user\|group\) ' "$said" > "$said.known"
said=$said.known
refuse_lines "^$root/[^ ]*[.]conf:[0-9]*: "

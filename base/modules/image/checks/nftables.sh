# nft asks the kernel about what it cannot know. Where the kernel has no nftables, only the syntax is checked.
on_machine nft --check --file "$root/etc/nftables.conf" > "$said" 2>&1 && exit
if grep --quiet '^netlink: Error: cache initialization failed' "$said"; then
  echo 'This kernel has no nftables: only the syntax of the rules was checked.'
  exit 0
fi
cat "$said"
exit 1

{
  scripts = { };
  # For building packages.
  onlyWith.perl-base = [ "/usr/bin/dh_bash-completion" ];
}

{
  scripts = { };
  onlyWith.perl-base = [ "/usr/bin/helpztags" ];
}

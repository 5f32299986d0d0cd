{
  scripts = { };
  # The client is written in Perl, which every Debian machine has and an image need not. The server is not.
  onlyWith.perl-base = [ "/usr/bin/mosh" ];
}

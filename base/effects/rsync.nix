{
  scripts = { };
  # Helpers in languages that the package only suggests.
  onlyWith = {
    perl-base = [
      "/usr/share/rsync/scripts/file-attr-restore"
      "/usr/share/rsync/scripts/logfilter"
      "/usr/share/rsync/scripts/lsh"
      "/usr/share/rsync/scripts/rsyncstats"
    ];
    python3-minimal = [
      "/usr/bin/rrsync"
      "/usr/share/rsync/scripts/atomic-rsync"
      "/usr/share/rsync/scripts/cull-options"
      "/usr/share/rsync/scripts/cvs2includes"
      "/usr/share/rsync/scripts/files-to-excludes"
      "/usr/share/rsync/scripts/git-set-file-times"
      "/usr/share/rsync/scripts/mnt-excl"
      "/usr/share/rsync/scripts/munge-symlinks"
    ];
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "64b3bf743534374376620f7d5bf966f26aa79b808a5b7474a32b6fd4e12b6bdb" ];
      by = "the line for the directory of sessions is in this file; no init script runs";
    };
  };
  # The program is not setuid, so everybody makes a directory of their own there.
  files."/etc/tmpfiles.d/screen-cleanup.conf".text = "d /run/screen 1777 root utmp\n";
}

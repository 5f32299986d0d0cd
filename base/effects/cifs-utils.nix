{
  scripts = {
    postinst = {
      sha256 = [ "e2a2ae0a27833bf9d765598e6c69c96952575802cbd7ac063da218dc0df0e051" ];
      by = "the link to the plug-in for ids is in this file";
    };
  };
  alternatives = {
    "/etc/cifs-utils/idmap-plugin" = "/usr/lib/x86_64-linux-gnu/cifs-utils/idmapwb.so";
  };
  # Scripts that the package only suggests an interpreter for.
  onlyWith.python3-minimal = [
    "/usr/bin/smb2-quota"
    "/usr/bin/smbinfo"
  ];
}

{
  scripts = {
    postinst = {
      sha256 = [ "46dccfe29646a5cd280aefcb889c78fe64246dd7a9cc8f0303d4c317a95c585b" ];
      by = "serves dpkg on the machine, which no image runs";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "1cff0ea9b8dd12bcb4f6da505bdbd225c905df423f89f4a1be871667ab40c7c6" ];
      by = "base/modules/config/users-groups.nix: the linker writes passwd and group from sysusers.d and the configuration";
    };
    preinst = {
      sha256 = [ "47f6f8ee55faa32f7ff23337772c05bfcc7c01aa0804e1ffeffd71ebff0e21b9" ];
      by = "serves dpkg on the machine, which no image runs";
    };
  };
}

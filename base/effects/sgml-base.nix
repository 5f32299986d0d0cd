{
  scripts = {
    postinst = {
      sha256 = [ "a3a3adec3d8024fe880af3ac98b785f8c6c35b051e03fab0abb985c9f94f356a" ];
      by = "catalogues that only build tools read";
    };
    preinst = {
      sha256 = [ "51367368485dd9334bbd1a48580094303ac820eb01e7695bba8525df1b6ec4dc" ];
      by = "serves dpkg on the machine, which no image runs";
    };
  };
}

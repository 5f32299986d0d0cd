{
  scripts = {
    postinst = {
      sha256 = [ "625ae8f649ec61f00e1ab53568a84f85f964f10fdbd9f25b800cc229205d1714" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
  onlyWith.perl-base = [
    "/usr/bin/c_rehash"
    "/usr/lib/ssl/misc/*.pl"
  ];
}

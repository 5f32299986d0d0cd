{
  scripts = {
    postinst = {
      sha256 = [ "f8a526d749463f4b2ffcf9a30315288ea15d332cbbdb28aadf045c7ccac8fb08" ];
      by = "the alternative is in this file";
    };
  };
  alternatives = {
    "/usr/bin/pico" = "/usr/bin/nano";
  };
}

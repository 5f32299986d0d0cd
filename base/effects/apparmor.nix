{
  scripts = {
    postinst = {
      sha256 = [ "7c1aa9342647459db7160a11cfef723f5428985a872dac2835c9add60e357be0" ];
      by = "homes outside of /home, which a configuration gives in tunables of its own";
    };
    preinst = {
      sha256 = [ "f4992d28cbff364bc2d9656b1a402d34f1d283156e605eee70e031eb12fd7332" ];
      by = "acts only when an older version is upgraded; an image is never upgraded in place";
    };
  };
}

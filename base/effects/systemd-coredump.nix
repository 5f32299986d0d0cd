{
  scripts = {
    postinst = {
      sha256 = [ "f38ac73e48b3c326814c3bfd6789638374b7a41f61e40d83976d55824cbc916e" ];
      by = "starts what the next boot starts";
    };
  };
}

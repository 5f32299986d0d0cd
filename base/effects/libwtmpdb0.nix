{
  scripts = {
    postinst = {
      sha256 = [ "f1fa8f9357d31df416e94be07b73529cb8c1eb5e2af21a607629a29f91b70859" ];
      by = "links the database of logins; the file is made by who writes it, below /var/log";
    };
  };
}

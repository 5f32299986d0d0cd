{
  scripts = {
    postinst = {
      sha256 = [ "6f02de1c819378c80498cd9533dc2e39ea6abbda69d580dd29ed71997b838371" ];
      by = "base/modules/services/security/fail2ban.nix: messages go to the journal";
    };
  };
}

{
  scripts = {
    postinst = {
      sha256 = [ "9a91fb4c7c59646fdbc50b406838b8e4f986fff29f3ebabec94d474ae2de2e76" ];
      by = "the alternatives are in this file";
    };
  };
  alternatives = {
    "/usr/sbin/iptables" = "/usr/sbin/iptables-nft";
    "/usr/sbin/iptables-restore" = "/usr/sbin/iptables-nft-restore";
    "/usr/sbin/iptables-save" = "/usr/sbin/iptables-nft-save";
    "/usr/sbin/ip6tables" = "/usr/sbin/ip6tables-nft";
    "/usr/sbin/ip6tables-restore" = "/usr/sbin/ip6tables-nft-restore";
    "/usr/sbin/ip6tables-save" = "/usr/sbin/ip6tables-nft-save";
    "/usr/sbin/arptables" = "/usr/sbin/arptables-nft";
    "/usr/sbin/arptables-restore" = "/usr/sbin/arptables-nft-restore";
    "/usr/sbin/arptables-save" = "/usr/sbin/arptables-nft-save";
    "/usr/sbin/ebtables" = "/usr/sbin/ebtables-nft";
    "/usr/sbin/ebtables-restore" = "/usr/sbin/ebtables-nft-restore";
    "/usr/sbin/ebtables-save" = "/usr/sbin/ebtables-nft-save";
  };
}

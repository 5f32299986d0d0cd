{
  scripts = {
    postinst = {
      sha256 = [ "555ed6cfc95b70d0e209ffcbfbcef31670cf50bea5e9ff686f6f9c456acb0f46" ];
      by = "base/modules/config/i18n.nix links localtime";
    };
  };
}

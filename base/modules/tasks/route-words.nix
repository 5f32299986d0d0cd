# Settings of routes: the name that `ip route` has for each, and the line of systemd-networkd's section [Route].
{ lib }:
let
  plain = word: value: { ${word} = value; };
  yes = word: _: { ${word} = true; };
in
{
  advmss = plain "TCPAdvertisedMaximumSegmentSize";
  congctl = plain "TCPCongestionControlAlgorithm";
  fastopen_no_cookie = plain "FastOpenNoCookie";
  from = plain "Source";
  hoplimit = plain "HopLimit";
  initcwnd = plain "InitialCongestionWindow";
  initrwnd = plain "InitialAdvertisedReceiveWindow";
  metric = plain "Metric";
  mtu = plain "MTUBytes";
  nhid = plain "NextHop";
  onlink = yes "GatewayOnLink";
  pref = plain "IPv6Preference";
  preference = plain "Metric";
  proto = plain "Protocol";
  protocol = plain "Protocol";
  quickack = plain "QuickAck";
  rto_min = value: {
    # A number alone is milliseconds to `ip`, and seconds to networkd.
    TCPRetransmissionTimeoutSec = if builtins.match "[0-9]+" value != null then "${value}ms" else value;
  };
  scope = plain "Scope";
  src = plain "PreferredSource";
  table = plain "Table";
}

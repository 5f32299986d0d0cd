# Settings of bonds: the name that the kernel's driver has for each, networkd's word, and how the value is written.
{ lib }:
let
  plain = word: {
    inherit word;
    write = value: value;
  };
  milliseconds = word: {
    inherit word;
    write = value: "${value}ms";
  };
  seconds = word: {
    inherit word;
    write = value: "${value}s";
  };
  words = word: {
    inherit word;
    write = lib.replaceStrings [ "," ] [ " " ];
  };
in
{
  mode = plain "Mode";
  xmit_hash_policy = plain "TransmitHashPolicy";
  lacp_rate = plain "LACPTransmitRate";
  miimon = milliseconds "MIIMonitorSec";
  peer_notif_delay = milliseconds "PeerNotifyDelaySec";
  updelay = milliseconds "UpDelaySec";
  downdelay = milliseconds "DownDelaySec";
  lp_interval = seconds "LearnPacketIntervalSec";
  ad_select = plain "AdSelect";
  ad_actor_sys_prio = plain "AdActorSystemPriority";
  ad_user_port_key = plain "AdUserPortKey";
  ad_actor_system = plain "AdActorSystem";
  fail_over_mac = plain "FailOverMACPolicy";
  arp_validate = plain "ARPValidate";
  arp_interval = milliseconds "ARPIntervalSec";
  arp_ip_target = words "ARPIPTargets";
  arp_all_targets = plain "ARPAllTargets";
  arp_missed_max = plain "ARPMissedMax";
  primary_reselect = plain "PrimaryReselectPolicy";
  resend_igmp = plain "ResendIGMP";
  packets_per_slave = plain "PacketsPerSlave";
  num_grat_arp = plain "GratuitousARP";
  num_unsol_na = plain "GratuitousARP";
  all_slaves_active = plain "AllSlavesActive";
  tlb_dynamic_lb = plain "DynamicTransmitLoadBalancing";
  min_links = plain "MinLinks";
}

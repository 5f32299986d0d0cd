# The rules that follow from the switches of a service.
{ lib }:
service:
let
  rule = order: control: modulePath: args: {
    order = lib.mkDefault order;
    control = lib.mkDefault control;
    modulePath = lib.mkDefault modulePath;
    args = lib.mkDefault args;
  };
  when = lib.mkIf;
  unixArguments = lib.optional service.allowNullPassword "nullok" ++ lib.optional service.nodelay "nodelay";
in
{
  account = {
    unix = rule 100 "required" "pam_unix.so" [ ];
    nologin = when service.startSession (rule 200 "required" "pam_nologin.so" [ ]);
  };

  auth = {
    rootok = when service.rootOK (rule 100 "sufficient" "pam_rootok.so" [ ]);
    wheel = when service.requireWheel (rule 200 "required" "pam_wheel.so" [ "use_uid" ]);
    faillock = when service.logFailures (rule 300 "required" "pam_faillock.so" [ ]);
    faildelay = when service.failDelay.enable (
      rule 400 "optional" "pam_faildelay.so" [ "delay=${toString service.failDelay.delay}" ]
    );
    google_authenticator = when service.googleAuthenticator.enable (
      rule 500 "required" "pam_google_authenticator.so" [ "no_increment_hotp" ]
    );
    unix = when service.unixAuth (rule 600 "sufficient" "pam_unix.so" ([ "try_first_pass" ] ++ unixArguments));
    deny = rule 700 "required" "pam_deny.so" [ ];
  };

  # /etc/shadow is part of the image, so no password can be changed.
  password.deny = rule 100 "required" "pam_deny.so" [ ];

  session = {
    env = when service.setEnvironment (
      rule 100 "required" "pam_env.so" [
        "conffile=/etc/pam/environment"
        "readenv=0"
      ]
    );
    unix = rule 200 "required" "pam_unix.so" [ ];
    loginuid = when service.setLoginUid (rule 300 "optional" "pam_loginuid.so" [ ]);
    keyinit = when service.startSession (
      rule 400 "optional" "pam_keyinit.so" [
        "force"
        "revoke"
      ]
    );
    limits = rule 500 "required" "pam_limits.so" [ ];
    mkhomedir = when service.makeHomeDir (rule 600 "required" "pam_mkhomedir.so" [ "umask=0077" ]);
    umask = when service.startSession (rule 700 "optional" "pam_umask.so" [ "umask=0027" ]);
    systemd = when service.startSession (rule 800 "optional" "pam_systemd.so" [ ]);
    motd = when service.showMotd (rule 900 "optional" "pam_motd.so" [ "noupdate" ]);
  };
}

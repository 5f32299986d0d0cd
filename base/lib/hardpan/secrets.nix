# Finds what looks like a secret in a text: what services give out as keys, and what stands under a telling name.
{ lib }:
let
  inherit (builtins) match;

  # Kinds with an extended regular expression for each.
  kinds = [
    {
      kind = "a private key";
      pattern = "-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----";
    }
    {
      kind = "a secret key of age";
      pattern = "AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]{30,}";
    }
    {
      kind = "an access key of AWS";
      pattern = "(^|[^A-Za-z0-9])(AKIA|ASIA)[A-Z2-7]{16}";
    }
    {
      kind = "a token of GitHub";
      pattern = "(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{30,})";
    }
    {
      kind = "a token of GitLab";
      pattern = "gl(pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20}";
    }
    {
      kind = "a token of Slack";
      pattern = "xox[abeprs]-[A-Za-z0-9-]{10,}";
    }
    {
      kind = "a key of Stripe";
      pattern = "(sk|rk)_live_[A-Za-z0-9]{16,}";
    }
    {
      kind = "a key of Google";
      pattern = "AIza[A-Za-z0-9_-]{35}";
    }
    {
      kind = "a token of npm, Vault, Docker or Tailscale";
      pattern = "(npm_[A-Za-z0-9]{36}|hv[sb][.][A-Za-z0-9_-]{20,}|dckr_pat_[A-Za-z0-9_-]{20,}|tskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{16,})";
    }
    {
      kind = "a JSON web token";
      pattern = "eyJ[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{10,}[.][A-Za-z0-9_-]{10,}";
    }
    {
      kind = "a private key of WireGuard";
      pattern = "(^|\n)[ \t]*(PrivateKey|PresharedKey)[ \t]*=[ \t]*[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=";
    }
    {
      kind = "a password in an address";
      pattern = "[a-z][a-z0-9+.-]*://[^][:space:]/:@\"'<>{}$%]*:[^][:space:]/:@\"'<>{}$%*]+@[A-Za-z0-9[]";
    }
    {
      kind = "a password";
      pattern = "(^|[\n \t\"'])([A-Za-z0-9]+[-_.])*(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|password|secret|token|api_?key|access_key|requirepass)[ \t]*[=:][ \t]*[\"']?[^][:space:]\"'/$%<>{}()*,;=:!-][^][:space:]\"'$%<>{}()*,;]{5,}";
    }
  ];

  any = ".*(${lib.concatMapStringsSep "|" (one: one.pattern) kinds}).*";

  # Every match of a pattern holds one of these words, which are looked for much faster.
  words = [
    "://"
    "ACCESS_KEY"
    "AGE-SECRET-KEY"
    "AIza"
    "AKIA"
    "APIKEY"
    "API_KEY"
    "ASIA"
    "PASSW"
    "PRIVATE KEY"
    "PresharedKey"
    "PrivateKey"
    "SECRET"
    "TOKEN"
    "_live_"
    "access_key"
    "api_key"
    "apikey"
    "dckr_pat_"
    "eyJ"
    "gho_"
    "ghp_"
    "ghr_"
    "ghs_"
    "ghu_"
    "github_pat_"
    "glcbt-"
    "gldt-"
    "glpat-"
    "glptt-"
    "glrt-"
    "hvb."
    "hvs."
    "npm_"
    "password"
    "requirepass"
    "secret"
    "token"
    "tskey-"
    "xox"
  ];
  textsWithWords =
    texts:
    if builtins.hardpan or { } ? textsWith then
      builtins.hardpan.textsWith {
        inherit words;
        texts = builtins.mapAttrs (_: builtins.unsafeDiscardStringContext) texts;
      }
    else
      builtins.attrNames texts;

  kindOf =
    text:
    if match any text == null then
      null
    else
      (lib.findFirst (one: match ".*(${one.pattern}).*" text != null) { kind = "a secret"; } kinds).kind;
in
rec {
  # What texts seem to hold, by their names; those that hold nothing are left out.
  secretsIn =
    texts:
    lib.filterAttrs (_: kind: kind != null) (
      lib.genAttrs (textsWithWords texts) (name: kindOf texts.${name})
    );

  # The same of one text, or null.
  secretIn = text: (secretsIn { inherit text; }).text or null;
}

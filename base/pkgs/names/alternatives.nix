# Commands that Debian's update-alternatives would link when a package is installed, by Debian package.
#
# `programs` are links of the face and of an image that names the package; `faceOnly` are links of the face alone,
# where another package's command of that name may stand in the image. A target without `/` lies in /usr/bin.
let
  java = "/usr/lib/jvm/java-21-openjdk-amd64/bin";
  sbin = names: builtins.mapAttrs (_: target: "/usr/sbin/${target}") names;
  from =
    directory: names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = "${directory}/${name}";
      }) names
    );
  to =
    target: names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = target;
      }) names
    );
  suffixed =
    suffix: names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = "${name}${suffix}";
      }) names
    );
  vim =
    flavour:
    to flavour [
      "vim"
      "vi"
      "view"
      "ex"
      "rvim"
      "rview"
      "vimdiff"
    ];
in
{
  automake.programs = suffixed "-1.17" [
    "automake"
    "aclocal"
  ];
  bsd-mailx.programs = to "bsd-mailx" [
    "mail"
    "mailx"
  ];
  bsdutils.programs.write = "write.ul";
  debianutils.programs.which = "which.debianutils";
  emacs-nox.programs.emacs = "emacs-nox";
  emacs-nox.programs.emacsclient = "emacsclient.emacs";
  "g++".programs."c++" = "g++";
  fakeroot.programs = suffixed "-sysv" [
    "fakeroot"
    "faked"
  ];
  figlet.programs.figlet = "figlet-figlet";
  gawk.faceOnly.awk = "gawk";
  gcc.programs.cc = "gcc";
  "imagemagick-7.q16".programs = suffixed "-im7.q16" [
    "animate"
    "compare"
    "composite"
    "conjure"
    "convert"
    "display"
    "identify"
    "import"
    "magick"
    "mogrify"
    "montage"
    "stream"
  ];
  inetutils-telnet.programs.telnet = "inetutils-telnet";
  iptables.programs =
    sbin {
      iptables = "iptables-nft";
      iptables-save = "iptables-nft-save";
      iptables-restore = "iptables-nft-restore";
      ip6tables = "ip6tables-nft";
      ip6tables-save = "ip6tables-nft-save";
      ip6tables-restore = "ip6tables-nft-restore";
    };
  iptables.faceOnly = sbin {
    arptables = "arptables-nft";
    ebtables = "ebtables-nft";
  };
  krb5-user.programs = suffixed ".mit" [
    "kadmin"
    "kdestroy"
    "kinit"
    "klist"
    "kpasswd"
    "kswitch"
    "ktutil"
  ];
  "ksh93u+m".programs.ksh = "ksh93";
  "lua5.4".programs = {
    lua = "lua5.4";
    luac = "luac5.4";
  };
  mawk.faceOnly.awk = "mawk";
  netcat-openbsd.programs = to "nc.openbsd" [
    "nc"
    "netcat"
  ];
  netcat-traditional.programs = to "nc.traditional" [
    "nc"
    "netcat"
  ];
  openjdk-21-jre-headless.programs = from java [
    "java"
    "keytool"
    "rmiregistry"
    "jpackage"
  ];
  openjdk-21-jdk-headless.programs = from java [
    "jar"
    "jarsigner"
    "javac"
    "javadoc"
    "javap"
    "jcmd"
    "jdeps"
    "jlink"
    "jmap"
    "jps"
    "jshell"
    "jstack"
    "jstat"
  ];
  "php8.4-cli".programs = {
    php = "php8.4";
    phar = "phar8.4";
  };
  pinentry-curses.faceOnly.pinentry = "pinentry-curses";
  pinentry-qt.faceOnly.pinentry = "pinentry-qt";
  pinentry-tty.faceOnly.pinentry = "pinentry-tty";
  rename.programs.rename = "file-rename";
  tnftp.programs.ftp = "tnftp";
  traceroute.programs = {
    traceroute = "traceroute.db";
    traceroute6 = "traceroute6.db";
    lft = "lft.db";
    traceproto = "traceproto.db";
  };
  universal-ctags.programs.ctags = "ctags-universal";
  vim.programs = vim "vim.basic";
  vim-nox.programs = vim "vim.nox";
  vim-tiny.programs = to "vim.tiny" [
    "vi"
    "view"
    "ex"
  ];
}

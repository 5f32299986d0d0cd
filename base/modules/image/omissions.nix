# Debian packages that stay out of an image although others depend on them, each with the reason.
#
# Nothing runs dpkg on the machine and no maintainer script ever runs, so what only serves them has no use. A package
# that the configuration names is never left out.
{ lib, ... }:
let
  for = reason: names: lib.genAttrs names (_: reason);
in
{
  config.image.omittedPackages =
    for "serves installing packages; an image is linked, not installed" [
      "adduser"
      "apt"
      "base-passwd"
      "debconf"
      "debconf-2.0"
      "debianutils"
      "dpkg"
      "init-system-helpers"
      "libdebconfclient0"
      "libpam-runtime"
      "linux-base"
      "runit-helper"
      "sensible-utils"
      "sysvinit-utils"
      "ucf"
      "usr-is-merged"
      "usrmerge"
    ]
    // for "makes initrds on the machine; the image brings its own" [
      "dracut"
      "dracut-install"
      "initramfs-tools"
      "initramfs-tools-bin"
      "initramfs-tools-core"
      "klibc-utils"
      "libklibc"
      "linux-initramfs-tool"
      "cpio"
    ]
    // for "used by maintainer scripts and by developers' tools only" [
      "perl-base"
      "libtext-charwidth-perl"
      "libtext-wrapi18n-perl"
    ]
    // for "catalogues of document types, which only build tools read" [
      "sgml-base"
      "xml-core"
      "docutils-common"
    ]
    // for "shows manual pages, which the image does not hold" [
      "groff-base"
      "libuchardet0"
      "man-db"
    ]
    // for "holds nothing but documentation or names another package" [
      "gcc-14-base"
      "gcc-13-base"
      "gcc-12-base"
      "lsb-base"
    ]
    // for "makes locales when it is installed; locales-all holds all of them" [ "locales" ]
    // for "part of a tool that works without it" [
      "libss2"
      "logsave"
    ];

  # Perl's interpreter is in perl-base; what is written in Perl depends on perl, which is the rest of it.
  config.image.neededWith.perl-base = [ "perl" ];
  # Their consoles read commands with it.
  config.image.neededWith.libss2 = [ "krb5-user" ];
}

# Licences by the names that `meta.license` uses.
{ lib }:
let
  licence =
    fields:
    {
      free = true;
      deprecated = false;
      redistributable = fields.free or true;
    }
    // (if fields ? spdxId then { url = "https://spdx.org/licenses/${fields.spdxId}.html"; } else { })
    // fields;
  spdx = spdxId: fullName: licence { inherit spdxId fullName; };
  named = fullName: licence { inherit fullName; };
  unfree =
    fullName: fields:
    licence (
      {
        inherit fullName;
        free = false;
      }
      // fields
    );
  redistributable = true;

  # Names that say no version "only" or "or later" are old.
  outdated = license: license // { deprecated = true; };

  all = {
    afl20 = spdx "AFL-2.0" "Academic Free License v2.0";
    afl21 = spdx "AFL-2.1" "Academic Free License v2.1";
    afl3 = spdx "AFL-3.0" "Academic Free License v3.0";
    agpl3Only = spdx "AGPL-3.0-only" "GNU Affero General Public License v3.0 only";
    agpl3Plus = spdx "AGPL-3.0-or-later" "GNU Affero General Public License v3.0 or later";
    apsl10 = spdx "APSL-1.0" "Apple Public Source License 1.0";
    apsl20 = spdx "APSL-2.0" "Apple Public Source License 2.0";
    artistic1 = spdx "Artistic-1.0" "Artistic License 1.0";
    artistic1-cl8 = spdx "Artistic-1.0-cl8" "Artistic License 1.0 w/clause 8";
    artistic2 = spdx "Artistic-2.0" "Artistic License 2.0";
    asl20 = spdx "Apache-2.0" "Apache License 2.0";
    beerware = spdx "Beerware" "Beerware License";
    blueOak100 = spdx "BlueOak-1.0.0" "Blue Oak Model License 1.0.0";
    boehmGC = named "Boehm-Demers-Weiser GC License (MIT-style)";
    boost = spdx "BSL-1.0" "Boost Software License 1.0";
    bsd0 = spdx "0BSD" "BSD Zero Clause License";
    bsd1 = spdx "BSD-1-Clause" "BSD 1-Clause License";
    bsd2 = spdx "BSD-2-Clause" "BSD 2-clause \"Simplified\" License";
    bsd2Patent = spdx "BSD-2-Clause-Patent" "BSD-2-Clause Plus Patent License";
    bsd2WithViews = spdx "BSD-2-Clause-Views" "BSD 2-Clause with views sentence";
    bsd3 = spdx "BSD-3-Clause" "BSD 3-clause \"New\" or \"Revised\" License";
    bsd3Clear = spdx "BSD-3-Clause-Clear" "BSD 3-Clause Clear License";
    bsdOriginal = spdx "BSD-4-Clause" "BSD 4-clause \"Original\" or \"Old\" License";
    bsdOriginalShortened = spdx "BSD-4-Clause-Shortened" "BSD 4 Clause Shortened";
    bsdOriginalUC = spdx "BSD-4-Clause-UC" "BSD 4-Clause University of California-Specific";
    bsl11 = unfree "Business Source License 1.1" { spdxId = "BUSL-1.1"; inherit redistributable; };
    bzip2 = spdx "bzip2-1.0.6" "bzip2 and libbzip2 License v1.0.6";
    caldera = spdx "Caldera" "Caldera License";
    cc-by-10 = spdx "CC-BY-1.0" "Creative Commons Attribution 1.0";
    cc-by-20 = spdx "CC-BY-2.0" "Creative Commons Attribution 2.0";
    cc-by-25 = spdx "CC-BY-2.5" "Creative Commons Attribution 2.5";
    cc-by-30 = spdx "CC-BY-3.0" "Creative Commons Attribution 3.0";
    cc-by-40 = spdx "CC-BY-4.0" "Creative Commons Attribution 4.0";
    cc-by-nc-30 = unfree "Creative Commons Attribution Non Commercial 3.0 Unported" { spdxId = "CC-BY-NC-3.0"; };
    cc-by-nc-40 = unfree "Creative Commons Attribution Non Commercial 4.0 International" { spdxId = "CC-BY-NC-4.0"; };
    cc-by-nc-nd-40 = unfree "Creative Commons Attribution Non Commercial No Derivatives 4.0 International" { spdxId = "CC-BY-NC-ND-4.0"; };
    cc-by-nc-sa-40 = unfree "Creative Commons Attribution Non Commercial Share Alike 4.0 International" { spdxId = "CC-BY-NC-SA-4.0"; };
    cc-by-nd-40 = unfree "Creative Commons Attribution-No Derivative Works 4.0" { spdxId = "CC-BY-ND-4.0"; };
    cc-by-sa-10 = spdx "CC-BY-SA-1.0" "Creative Commons Attribution Share Alike 1.0";
    cc-by-sa-20 = spdx "CC-BY-SA-2.0" "Creative Commons Attribution Share Alike 2.0";
    cc-by-sa-25 = spdx "CC-BY-SA-2.5" "Creative Commons Attribution Share Alike 2.5";
    cc-by-sa-30 = spdx "CC-BY-SA-3.0" "Creative Commons Attribution Share Alike 3.0";
    cc-by-sa-40 = spdx "CC-BY-SA-4.0" "Creative Commons Attribution Share Alike 4.0";
    cc0 = spdx "CC0-1.0" "Creative Commons Zero v1.0 Universal";
    cddl = spdx "CDDL-1.0" "Common Development and Distribution License 1.0";
    cecill-b = spdx "CECILL-B" "CeCILL-B Free Software License Agreement";
    cecill-c = spdx "CECILL-C" "CeCILL-C Free Software License Agreement";
    cecill20 = spdx "CECILL-2.0" "CeCILL Free Software License Agreement v2.0";
    cecill21 = spdx "CECILL-2.1" "CeCILL Free Software License Agreement v2.1";
    cpal10 = spdx "CPAL-1.0" "Common Public Attribution License 1.0";
    cpl10 = spdx "CPL-1.0" "Common Public License 1.0";
    curl = spdx "curl" "curl License";
    drl10 = spdx "DRL-1.0" "Detection Rule License 1.0";
    ecl20 = spdx "ECL-2.0" "Educational Community License 2.0";
    efl10 = spdx "EFL-1.0" "Eiffel Forum License v1.0";
    efl20 = spdx "EFL-2.0" "Eiffel Forum License v2.0";
    elastic20 = unfree "Elastic License 2.0" { spdxId = "Elastic-2.0"; };
    epl10 = spdx "EPL-1.0" "Eclipse Public License 1.0";
    epl20 = spdx "EPL-2.0" "Eclipse Public License 2.0";
    eupl11 = spdx "EUPL-1.1" "European Union Public License 1.1";
    eupl12 = spdx "EUPL-1.2" "European Union Public License 1.2";
    fdl11Only = spdx "GFDL-1.1-only" "GNU Free Documentation License v1.1 only";
    fdl11Plus = spdx "GFDL-1.1-or-later" "GNU Free Documentation License v1.1 or later";
    fdl12Only = spdx "GFDL-1.2-only" "GNU Free Documentation License v1.2 only";
    fdl12Plus = spdx "GFDL-1.2-or-later" "GNU Free Documentation License v1.2 or later";
    fdl13Only = spdx "GFDL-1.3-only" "GNU Free Documentation License v1.3 only";
    fdl13Plus = spdx "GFDL-1.3-or-later" "GNU Free Documentation License v1.3 or later";
    free = named "Unspecified free software license";
    fsfap = spdx "FSFAP" "FSF All Permissive License";
    fsl11Asl20 = unfree "Functional Source License, Version 1.1, Apache 2.0 Future License" { spdxId = "FSL-1.1-ALv2"; inherit redistributable; };
    fsl11Mit = unfree "Functional Source License, Version 1.1, MIT Future License" { spdxId = "FSL-1.1-MIT"; inherit redistributable; };
    ftl = spdx "FTL" "Freetype Project License";
    gpl1Only = spdx "GPL-1.0-only" "GNU General Public License v1.0 only";
    gpl1Plus = spdx "GPL-1.0-or-later" "GNU General Public License v1.0 or later";
    gpl2Only = spdx "GPL-2.0-only" "GNU General Public License v2.0 only";
    gpl2Plus = spdx "GPL-2.0-or-later" "GNU General Public License v2.0 or later";
    gpl3Only = spdx "GPL-3.0-only" "GNU General Public License v3.0 only";
    gpl3Plus = spdx "GPL-3.0-or-later" "GNU General Public License v3.0 or later";
    hpnd = spdx "HPND" "Historic Permission Notice and Disclaimer";
    hpndSellVariant = spdx "HPND-sell-variant" "Historical Permission Notice and Disclaimer - sell variant";
    icu = spdx "ICU" "ICU";
    ijg = spdx "IJG" "Independent JPEG Group License";
    imagemagick = spdx "ImageMagick" "ImageMagick License";
    ipa = spdx "IPA" "IPA Font License";
    ipl10 = spdx "IPL-1.0" "IBM Public License v1.0";
    isc = spdx "ISC" "ISC License";
    lgpl21Only = spdx "LGPL-2.1-only" "GNU Lesser General Public License v2.1 only";
    lgpl21Plus = spdx "LGPL-2.1-or-later" "GNU Lesser General Public License v2.1 or later";
    lgpl2Only = spdx "LGPL-2.0-only" "GNU Library General Public License v2 only";
    lgpl2Plus = spdx "LGPL-2.0-or-later" "GNU Library General Public License v2 or later";
    lgpl3Only = spdx "LGPL-3.0-only" "GNU Lesser General Public License v3.0 only";
    lgpl3Plus = spdx "LGPL-3.0-or-later" "GNU Lesser General Public License v3.0 or later";
    libpng = spdx "Libpng" "libpng License";
    libpng2 = spdx "libpng-2.0" "libpng License v2";
    libtiff = spdx "libtiff" "libtiff License";
    llvm-exception = spdx "LLVM-exception" "LLVM Exception";
    lppl12 = spdx "LPPL-1.2" "LaTeX Project Public License v1.2";
    lppl13c = spdx "LPPL-1.3c" "LaTeX Project Public License v1.3c";
    mit = spdx "MIT" "MIT License";
    mit0 = spdx "MIT-0" "MIT No Attribution";
    mpl10 = spdx "MPL-1.0" "Mozilla Public License 1.0";
    mpl11 = spdx "MPL-1.1" "Mozilla Public License 1.1";
    mpl20 = spdx "MPL-2.0" "Mozilla Public License 2.0";
    mspl = spdx "MS-PL" "Microsoft Public License";
    mulan-psl2 = spdx "MulanPSL-2.0" "Mulan Permissive Software License, Version 2";
    ncsa = spdx "NCSA" "University of Illinois/NCSA Open Source License";
    ofl = spdx "OFL-1.1" "SIL Open Font License 1.1";
    openldap = spdx "OLDAP-2.8" "Open LDAP Public License v2.8";
    openssl = spdx "OpenSSL" "OpenSSL License";
    osl2 = spdx "OSL-2.0" "Open Software License 2.0";
    osl21 = spdx "OSL-2.1" "Open Software License 2.1";
    osl3 = spdx "OSL-3.0" "Open Software License 3.0";
    php301 = spdx "PHP-3.01" "PHP License v3.01";
    postgresql = spdx "PostgreSQL" "PostgreSQL License";
    psfl = spdx "PSF-2.0" "Python Software Foundation License version 2";
    publicDomain = named "Public Domain";
    qpl = spdx "QPL-1.0" "Q Public License 1.0";
    ruby = spdx "Ruby" "Ruby License";
    sendmail = spdx "Sendmail" "Sendmail License";
    sgi-b-20 = spdx "SGI-B-2.0" "SGI Free Software License B v2.0";
    sleepycat = spdx "Sleepycat" "Sleepycat License";
    sspl = unfree "Server Side Public License" { spdxId = "SSPL-1.0"; };
    tcltk = spdx "TCL" "TCL/TK License";
    unfree = unfree "Unfree" { };
    unfreeRedistributable = unfree "Unfree redistributable" { inherit redistributable; };
    unfreeRedistributableFirmware = unfree "Unfree redistributable firmware" { inherit redistributable; };
    unicode-30 = spdx "Unicode-3.0" "Unicode License v3";
    unlicense = spdx "Unlicense" "The Unlicense";
    upl = spdx "UPL-1.0" "Universal Permissive License";
    vim = spdx "Vim" "Vim License";
    w3c = spdx "W3C" "W3C Software Notice and License";
    wtfpl = spdx "WTFPL" "Do What The F*ck You Want To Public License";
    x11 = spdx "X11" "X11 License";
    zlib = spdx "Zlib" "zlib License";
    zpl20 = spdx "ZPL-2.0" "Zope Public License 2.0";
    zpl21 = spdx "ZPL-2.1" "Zope Public License 2.1";
  };
in
builtins.mapAttrs (shortName: license: { inherit shortName; } // license) (
  all
  // {
    agpl3 = outdated all.agpl3Only;
    fdl12 = outdated all.fdl12Only;
    fdl13 = outdated all.fdl13Only;
    gpl2 = outdated all.gpl2Only;
    gpl3 = outdated all.gpl3Only;
    lgpl2 = outdated all.lgpl2Only;
    lgpl21 = outdated all.lgpl21Only;
    lgpl3 = outdated all.lgpl3Only;
  }
)

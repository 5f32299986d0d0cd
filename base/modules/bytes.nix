# Bytes of letters beyond ASCII, and their numbers as `\xNN`. A string holds such bytes only as parts of letters, so
# they are cut out of some.
{ lib }:
let
  hex = number: lib.fixedWidthString 2 "0" (lib.toLower (lib.trivial.toHexString number));
  letter = code: builtins.fromJSON "\"${code}\"";
  first = builtins.substring 0 1;
  unicode = number: letter "\\u${lib.fixedWidthString 4 "0" (lib.trivial.toHexString number)}";

  second = map (byte: {
    inherit byte;
    text = builtins.substring 1 1 (unicode byte);
  }) (lib.range 128 191);
  ofTwo = map (byte: {
    inherit byte;
    text = first (unicode ((byte - 192) * 64));
  }) (lib.range 194 223);
  ofThree = map (byte: {
    inherit byte;
    text = first (unicode (lib.max 2048 ((byte - 224) * 4096)));
  }) (lib.range 224 239);
  ofFour =
    lib.imap0
      (index: code: {
        byte = 240 + index;
        text = first (letter code);
      })
      [
        "\\ud800\\udc00"
        "\\ud8c0\\udc00"
        "\\ud9c0\\udc00"
        "\\udac0\\udc00"
        "\\udbc0\\udc00"
      ];
  all = second ++ ofTwo ++ ofThree ++ ofFour;
in
rec {
  beyondAscii = map (entry: entry.text) all;
  escape = builtins.replaceStrings beyondAscii (map (entry: "\\x${hex entry.byte}") all);
}

# Internet addresses in text.
{ lib }:
let
  inherit (builtins)
    elemAt
    length
    map
    match
    ;
  refuse = text: why: throw "lib.network.ipv6.fromString: \"${text}\" is not an IPv6 address: ${why}";

  # The groups of one side of `::`, as numbers.
  groups =
    text: side:
    if side == "" then
      [ ]
    else
      map (
        group:
        if match "[0-9A-Fa-f]{1,4}" group != null then
          lib.fromHexString group
        else
          refuse text "`${group}` is not a group of hexadecimal digits"
      ) (lib.splitString ":" side);

  parseAddress =
    text:
    let
      sides = lib.splitString "::" text;
      left = groups text (builtins.head sides);
      right = groups text (lib.last sides);
      missing = 8 - length left - length right;
    in
    if length sides == 1 then
      (if length left == 8 then left else refuse text "it has ${toString (length left)} groups and not 8")
    else if length sides > 2 then
      refuse text "`::` stands in it twice"
    else if missing < 1 then
      refuse text "`::` stands for nothing"
    else
      left ++ lib.replicate missing 0 ++ right;

  hex = number: lib.toLower (lib.toHexString number);

  # The longest run of two or more zero groups: { start, size }; the first of equal ones.
  longestZeros =
    list:
    let
      step =
        state: number:
        let
          size = if number == 0 then state.size + 1 else 0;
          better = size > state.best.size;
        in
        {
          index = state.index + 1;
          inherit size;
          best =
            if better then
              {
                start = state.index - size + 1;
                inherit size;
              }
            else
              state.best;
        };
    in
    (builtins.foldl' step {
      index = 0;
      size = 0;
      best = {
        start = 0;
        size = 1;
      };
    } list).best;

  # The shortest text, as RFC 5952 says.
  showAddress =
    list:
    let
      zeros = longestZeros list;
      show = lib.concatMapStringsSep ":" hex;
    in
    if zeros.size < 2 then
      show list
    else
      "${show (lib.take zeros.start list)}::${show (lib.drop (zeros.start + zeros.size) list)}";

  parse =
    text:
    let
      parts = lib.splitString "/" text;
      given = lib.toInt (elemAt parts 1);
      prefixLength =
        if length parts == 1 then
          128
        else if length parts > 2 || given < 0 || given > 128 then
          refuse text "the prefix length is a number from 0 to 128"
        else
          given;
      numbers = parseAddress (builtins.head parts);
    in
    {
      address = showAddress numbers;
      inherit prefixLength;
      addressCidr = "${showAddress numbers}/${toString prefixLength}";
      url = "[${showAddress numbers}]";
      urlWithPort = port: "[${showAddress numbers}]:${toString port}";
    };
in
{
  ipv6 = {
    fromString = text: builtins.seq (parse text).address (parse text);
    # The address that an interface with this hardware address gives itself.
    mkEUI64Suffix =
      mac:
      let
        bytes = map lib.fromHexString (lib.splitString ":" (builtins.replaceStrings [ "-" ] [ ":" ] mac));
        first = builtins.bitXor (builtins.head bytes) 2;
        all = [ first ] ++ lib.sublist 1 2 bytes ++ [
          255
          254
        ] ++ lib.sublist 3 3 bytes;
        pair = index: hex (elemAt all (2 * index) * 256 + elemAt all (2 * index + 1));
      in
      if length bytes == 6 then
        lib.concatMapStringsSep ":" pair (lib.range 0 3)
      else
        throw "lib.network.ipv6.mkEUI64Suffix: `${mac}` is not a hardware address of six bytes";
  };
}

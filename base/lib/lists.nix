# Functions on lists.
{ lib }:
let
  inherit (builtins)
    all
    concatLists
    elem
    elemAt
    filter
    genList
    head
    isList
    isString
    length
    tail
    ;

  foldr =
    operator: start: list:
    let
      size = length list;
      from = index: if index == size then start else operator (elemAt list index) (from (index + 1));
    in
    from 0;

  # The strict fold; `foldl` below keeps what it has gathered lazy.
  foldl' =
    operator: start: list:
    builtins.seq start (builtins.foldl' operator start list);

  imap0 = function: list: genList (index: function index (elemAt list index)) (length list);

  flatten = value: if isList value then builtins.concatMap flatten value else [ value ];

  sublist =
    start: count: list:
    let
      available = length list - start;
      size =
        if available < 0 then
          0
        else if available < count then
          available
        else
          count;
    in
    genList (index: elemAt list (index + start)) size;

  take = sublist 0;
  drop = count: list: sublist count (length list) list;

  findFirstIndex =
    predicate: default: list:
    let
      # A strict fold needs no stack of calls; an index that was found is kept as a negative number.
      found = foldl' (
        at: value:
        if at < 0 then
          at
        else if predicate value then
          -at - 1
        else
          at + 1
      ) 0 list;
    in
    if found < 0 then -found - 1 else default;

  # Strings are told apart by a closure over keys, which takes n log n steps; other values by comparing all pairs.
  unique =
    list:
    if all isString list then
      map (item: item.key) (
        builtins.genericClosure {
          startSet = map (key: { inherit key; }) list;
          operator = _: [ ];
        }
      )
    else
      foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ] list;

  compareLists =
    compare: left: right:
    if left == [ ] then
      (if right == [ ] then 0 else -1)
    else if right == [ ] then
      1
    else
      let
        first = compare (head left) (head right);
      in
      if first == 0 then compareLists compare (tail left) (tail right) else first;

  # Walks from the first element to one that nothing is before; see toposort.
  listDfs =
    stopOnCycles: before: list:
    let
      walk =
        current: visited: rest:
        let
          loops = filter (other: before other current) visited;
          split = builtins.partition (other: before other current) rest;
        in
        if stopOnCycles && loops != [ ] then
          {
            cycle = current;
            inherit loops visited rest;
          }
        else if split.right == [ ] then
          {
            minimal = current;
            inherit visited rest;
          }
        else
          walk (head split.right) ([ current ] ++ visited) (tail split.right ++ split.wrong);
    in
    walk (head list) [ ] (tail list);

  # Orders a list by a partial order: { result } or { cycle, loops }.
  toposort =
    before: list:
    let
      first = listDfs true before list;
      others = toposort before (first.visited ++ first.rest);
    in
    if length list < 2 then
      { result = list; }
    else if first ? cycle then
      {
        cycle = lib.reverseList ([ first.cycle ] ++ first.visited);
        inherit (first) loops;
      }
    else if others ? cycle then
      others
    else
      { result = [ first.minimal ] ++ others.result; };

  commonPrefixLength =
    left: right:
    let
      size = lib.min (length left) (length right);
    in
    findFirstIndex (index: elemAt left index != elemAt right index) size (genList lib.id size);
in
{
  inherit
    foldr
    foldl'
    imap0
    flatten
    sublist
    take
    drop
    findFirstIndex
    unique
    compareLists
    listDfs
    toposort
    ;
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;

  singleton = value: [ value ];
  forEach = list: function: map function list;
  fold = foldr;
  foldl =
    operator: start: list:
    let
      upTo = count: if count == 0 then start else operator (upTo (count - 1)) (elemAt list (count - 1));
    in
    upTo (length list);
  imap = lib.imap1;
  imap1 = function: imap0 (index: function (index + 1));
  ifilter0 =
    predicate: list:
    map (elemAt list) (filter (index: predicate index (elemAt list index)) (genList lib.id (length list)));
  remove = unwanted: filter (value: value != unwanted);
  findSingle =
    predicate: none: many: list:
    let
      found = filter predicate list;
    in
    if found == [ ] then
      none
    else if length found == 1 then
      head found
    else
      many;
  findFirst =
    predicate: default: list:
    let
      index = findFirstIndex predicate null list;
    in
    if index == null then default else elemAt list index;
  count = predicate: list: length (filter predicate list);
  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: values: if condition then values else [ ];
  toList = value: if isList value then value else [ value ];
  range = first: last: if first > last then [ ] else genList (index: first + index) (last - first + 1);
  replicate = count: value: genList (_: value) count;
  groupBy' =
    operator: start: key: list:
    builtins.mapAttrs (_: foldl' operator start) (builtins.groupBy key list);
  zipListsWith =
    function: left: right:
    genList (index: function (elemAt left index) (elemAt right index)) (lib.min (length left) (length right));
  zipLists = lib.zipListsWith (fst: snd: { inherit fst snd; });
  reverseList =
    list:
    let
      size = length list;
    in
    genList (index: elemAt list (size - index - 1)) size;
  sortOn =
    key: list:
    map (item: item.value) (
      builtins.sort (left: right: left.key < right.key) (
        map (value: {
          inherit value;
          key = key value;
        }) list
      )
    );
  # Sorts strings so that the numbers inside them count as numbers: disk9 before disk10.
  naturalSort =
    list:
    let
      number = part: if isList part then lib.toIntBase10 (head part) else part;
      parts = text: map number (builtins.split "(0|[1-9][0-9]*)" text);
      prepared = map (text: [
        (parts text)
        text
      ]) list;
      less = left: right: compareLists lib.compare (head left) (head right) < 0;
    in
    map (pair: elemAt pair 1) (builtins.sort less prepared);
  takeEnd = count: list: drop (lib.max 0 (length list - count)) list;
  dropEnd = count: list: take (lib.max 0 (length list - count)) list;
  hasPrefix = prefix: list: take (length prefix) list == prefix;
  removePrefix =
    prefix: list:
    if take (length prefix) list == prefix then
      drop (length prefix) list
    else
      throw "lib.lists.removePrefix: First argument is not a list prefix of the second argument";
  commonPrefix = left: right: take (commonPrefixLength left right) left;
  last =
    list:
    if list == [ ] then throw "lists.last: list must not be empty!" else elemAt list (length list - 1);
  init =
    list: if list == [ ] then throw "lists.init: list must not be empty!" else take (length list - 1) list;
  crossLists = function: lib.foldl (functions: values: builtins.concatMap (one: map one values) functions) [ function ];
  uniqueStrings = list: builtins.attrNames (builtins.groupBy lib.id list);
  allUnique = list: length (unique list) == length list;
  intersectLists = kept: filter (value: elem value kept);
  subtractLists = unwanted: filter (value: !elem value unwanted);
  mutuallyExclusive = left: right: left == [ ] || !builtins.any (value: elem value left) right;
  concatAttrValues = set: concatLists (builtins.attrValues set);
  replaceElemAt =
    list: index: value:
    if index < 0 || index >= length list then
      throw "'lists.replaceElemAt' called with index ${toString index} on a list of size ${toString (length list)}"
    else
      builtins.genList (at: if at == index then value else elemAt list at) (length list);
}

{ lib }:
[
  {
    name = "folds";
    expr = [
      (lib.foldr (value: rest: "${value}(${rest})") "" [ "a" "b" ])
      (lib.foldl (rest: value: "(${rest})${value}") "" [ "a" "b" ])
      (lib.foldl' builtins.add 0 (lib.range 1 100))
    ];
    expected = [
      "a(b())"
      "(()a)b"
      5050
    ];
  }
  {
    name = "maps with an index";
    expr = [
      (lib.imap0 (index: value: "${value}${toString index}") [ "a" "b" ])
      (lib.imap1 (index: value: "${value}${toString index}") [ "a" "b" ])
      (lib.lists.ifilter0 (index: value: index == 0 || value > 2) [ 1 2 3 ])
    ];
    expected = [
      [ "a0" "b1" ]
      [ "a1" "b2" ]
      [ 1 3 ]
    ];
  }
  {
    name = "flatten, remove, count";
    expr = [
      (lib.flatten [ 1 [ 2 [ 3 ] ] 4 ])
      (lib.remove 3 [ 1 3 4 3 ])
      (lib.count (value: value == 3) [ 3 2 3 ])
      (lib.flatten 5)
    ];
    expected = [
      [ 1 2 3 4 ]
      [ 1 4 ]
      2
      [ 5 ]
    ];
  }
  {
    name = "finding";
    expr = [
      (lib.findSingle (value: value > 1) "none" "many" [ 1 2 ])
      (lib.findSingle (value: value > 1) "none" "many" [ 2 3 ])
      (lib.findSingle (value: value > 1) "none" "many" [ 1 ])
      (lib.findFirst (value: value > 1) 7 [ 1 2 3 ])
      (lib.lists.findFirstIndex (value: value > 5) null [ 1 ])
    ];
    expected = [
      2
      "many"
      "none"
      2
      null
    ];
  }
  {
    name = "parts of a list";
    expr = [
      (lib.take 2 [ 1 2 3 ])
      (lib.drop 2 [ 1 2 3 ])
      (lib.take 9 [ 1 ])
      (lib.drop 9 [ 1 ])
      (lib.sublist 1 2 [ 1 2 3 4 ])
      (lib.lists.takeEnd 2 [ 1 2 3 ])
      (lib.lists.dropEnd 2 [ 1 2 3 ])
      (lib.last [ 1 2 ])
      (lib.init [ 1 2 ])
      (lib.lists.commonPrefix [ 1 2 3 ] [ 1 2 4 ])
      (lib.lists.removePrefix [ 1 ] [ 1 2 ])
    ];
    expected = [
      [ 1 2 ]
      [ 3 ]
      [ 1 ]
      [ ]
      [ 2 3 ]
      [ 2 3 ]
      [ 1 ]
      2
      [ 1 ]
      [ 1 2 ]
      [ 2 ]
    ];
  }
  {
    name = "toposort";
    expr = [
      (lib.toposort (left: right: left < right) [ 3 2 1 ])
      (
        (lib.toposort (left: right: left.name == right.after) [
          { name = "a"; after = "b"; }
          { name = "b"; after = "a"; }
        ]) ? cycle
      )
    ];
    expected = [
      { result = [ 1 2 3 ]; }
      true
    ];
  }
  {
    name = "sorting";
    expr = [
      (lib.sortOn (value: -value) [ 1 3 2 ])
      (lib.naturalSort [ "disk11" "disk8" "disk100" "disk9" ])
      (lib.naturalSort [ "10.46.133.149" "10.5.16.62" "10.54.16.25" ])
      (lib.compareLists lib.compare [ 1 2 ] [ 1 ])
    ];
    expected = [
      [ 3 2 1 ]
      [ "disk8" "disk9" "disk11" "disk100" ]
      [ "10.5.16.62" "10.46.133.149" "10.54.16.25" ]
      1
    ];
  }
  {
    name = "sets of values";
    expr = [
      (lib.unique [ 3 2 3 4 ])
      (lib.unique [ "b" "a" "b" ])
      (lib.lists.uniqueStrings [ "b" "a" "b" ])
      (lib.lists.allUnique [ 1 2 ])
      (lib.intersectLists [ 1 2 3 ] [ 6 3 2 ])
      (lib.subtractLists [ 3 2 ] [ 1 2 3 4 ])
      (lib.mutuallyExclusive [ 1 ] [ 2 ])
    ];
    expected = [
      [ 3 2 4 ]
      [ "b" "a" ]
      [ "a" "b" ]
      true
      [ 3 2 ]
      [ 1 4 ]
      true
    ];
  }
  {
    name = "grouping and zipping";
    expr = [
      (lib.groupBy' builtins.add 0 (value: if value > 2 then "big" else "small") [ 5 1 2 3 4 ])
      (lib.zipListsWith builtins.add [ 1 2 ] [ 10 20 30 ])
      (lib.zipLists [ 1 ] [ "a" ])
      (lib.reverseList [ 1 2 3 ])
      (lib.crossLists (x: y: x + y) [ [ 1 2 ] [ 10 ] ])
    ];
    expected = [
      { big = 12; small = 3; }
      [ 11 22 ]
      [ { fst = 1; snd = "a"; } ]
      [ 3 2 1 ]
      [ 11 12 ]
    ];
  }
  {
    name = "making lists";
    expr = [
      (lib.range 2 4)
      (lib.range 3 2)
      (lib.replicate 2 "a")
      (lib.optional true 1)
      (lib.optionals false [ 1 ])
      (lib.toList 1)
      (lib.toList [ 1 ])
    ];
    expected = [
      [ 2 3 4 ]
      [ ]
      [ "a" "a" ]
      [ 1 ]
      [ ]
      [ 1 ]
      [ 1 ]
    ];
  }
  {
    name = "last of nothing";
    expr = lib.last [ ];
    error = [ "lists.last: list must not be empty!" ];
  }
  {
    name = "one element replaced";
    expr = [
      (lib.replaceElemAt [ 1 2 3 ] 0 "a")
      (lib.lists.replaceElemAt [ 1 2 3 ] 2 "c")
    ];
    expected = [
      [ "a" 2 3 ]
      [ 1 2 "c" ]
    ];
  }
  {
    name = "an index that is not there";
    expr = lib.replaceElemAt [ 1 2 ] 2 3;
    error = [ "'lists.replaceElemAt' called with index 2 on a list of size 2" ];
  }
  {
    name = "an index far into a list, and no look behind it";
    expr = [
      (lib.findFirstIndex (value: value == 300000) null (lib.range 0 300000))
      (lib.findFirstIndex (value: value == 1) null [ 1 (abort "not looked at") ])
      (lib.findFirstIndex (_: false) "none" [ 1 ])
    ];
    expected = [ 300000 0 "none" ];
  }
]

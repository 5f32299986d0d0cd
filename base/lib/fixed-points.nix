# Fixed points of functions, and sets that can be extended afterwards.
{ lib }:
let
  fix =
    function:
    let
      result = function result;
    in
    result;

  # Like `fix`, and remembers the function, so that the result can be extended.
  fix' =
    function:
    let
      result = function result // {
        __unfix__ = function;
      };
    in
    result;

  converge =
    function: value:
    let
      next = function value;
    in
    if next == value then value else converge function next;

  extends =
    overlay: function: final:
    let
      previous = function final;
    in
    previous // overlay final previous;

  composeExtensions =
    first: second: final: previous:
    let
      applied = first final previous;
    in
    applied // second final (previous // applied);

  # One overlay out of many, applied from left to right.
  composeManyExtensions =
    overlays: final: start:
    builtins.foldl' (
      changes: overlay: changes // overlay final (start // changes)
    ) { } overlays;

  makeExtensibleWithCustomName =
    extender: function:
    fix' (
      final:
      function final
      // {
        ${extender} = overlay: makeExtensibleWithCustomName extender (extends overlay function);
      }
    );

  # An extension may be a set, a function of the previous set, or a function of both.
  toExtension =
    extension:
    if !lib.isFunction extension then
      _: _: extension
    else
      final: previous:
      let
        partial = extension previous;
      in
      if lib.isFunction partial then extension final previous else partial;
in
{
  inherit
    fix
    fix'
    converge
    extends
    composeExtensions
    composeManyExtensions
    makeExtensibleWithCustomName
    toExtension
    ;
  makeExtensible = makeExtensibleWithCustomName "extend";
}

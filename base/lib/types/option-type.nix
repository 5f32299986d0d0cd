# What a type is made of, how two declarations of one option agree on a type, and how types are described.
{ lib }:
let
  inherit (builtins) elem;

  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    wrapped = null;
    payload = null;
    binOp = _: _: null;
  };

  # The type of both, or null.
  defaultTypeMerge =
    functor: other:
    let
      payload = functor.binOp functor.payload other.payload;
      wrapped = functor.wrapped.typeMerge other.wrapped.functor;
    in
    if functor.name != other.name then
      null
    else if functor.payload != null && other.payload != null then
      (if payload == null then null else functor.type payload)
    else if functor.wrapped or null != null && other.wrapped or null != null then
      (if wrapped == null then null else functor.type wrapped)
    else if functor.payload == null && other.payload == null then
      functor.type
    else
      null;

  # For types around one other type.
  elemTypeFunctor =
    name: make: elemType:
    defaultFunctor name
    // {
      type = payload: make payload.elemType;
      wrapped = elemType;
      payload = { inherit elemType; };
      binOp =
        left: right:
        let
          merged = left.elemType.typeMerge right.elemType.functor;
        in
        if merged == null then null else { elemType = merged; };
    };

  isOptionType = lib.isType "option-type";

  mkOptionType =
    {
      name,
      description ? null,
      descriptionClass ? null,
      check ? (_: true),
      merge ? lib.mergeDefaultOption,
      emptyValue ? { },
      getSubOptions ? (_: { }),
      getSubModules ? null,
      substSubModules ? (_: null),
      functor ? defaultFunctor name,
      typeMerge ? defaultTypeMerge functor,
      deprecationMessage ? null,
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      description = if description == null then name else description;
      inherit
        name
        descriptionClass
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        typeMerge
        functor
        deprecationMessage
        nestedTypes
        ;
    };

  # A merge that also says what went wrong and what it made, and that can still be called as `merge loc definitions`.
  mergeV2 = v2: {
    __functor =
      self: loc: defs:
      let
        result = self.v2 { inherit loc defs; };
      in
      if result.headError == null then result.value else throw "The option `${lib.showOption loc}' cannot be merged. ${result.headError.message}";
    inherit v2;
  };

  # A description as part of a longer one, in brackets where it would be misread.
  optionDescriptionPhrase =
    unbracketed: type:
    if unbracketed (type.descriptionClass or null) then type.description else "(${type.description})";
  nounPhrase = optionDescriptionPhrase (
    class:
    elem class [
      "noun"
      "composite"
    ]
  );
in
{
  inherit
    defaultFunctor
    defaultTypeMerge
    elemTypeFunctor
    isOptionType
    mkOptionType
    mergeV2
    optionDescriptionPhrase
    nounPhrase
    ;
  setType = typeName: value: value // { _type = typeName; };
  isType = type: value: value._type or "" == type;
}

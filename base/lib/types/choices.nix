# Types made of other types by choice: one of several, none at all, only once, converted.
{ lib, base }:
let
  inherit (builtins)
    all
    elem
    filter
    foldl'
    head
    length
    map
    tail
    typeOf
    ;
  inherit (base)
    defaultFunctor
    elemTypeFunctor
    mergeV2
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (lib) mergeTyped;

  fits = type: all (definition: type.check definition.value);

  addCheck =
    elemType: check:
    let
      both = value: elemType.check value && check value;
    in
    elemType
    // {
      check = both;
    }
    // (
      if elemType.merge ? v2 then
        {
          merge = mergeV2 (
            {
              loc,
              defs,
              undeclared ? null,
            }:
            let
              wrong = lib.wrongDefinitions check defs;
              inner = mergeTyped undeclared loc elemType defs;
            in
            if inner.headError == null && wrong != null then inner // { headError = wrong; } else inner
          );
        }
      else
        { }
    );

  unique =
    { message }:
    elemType:
    mkOptionType {
      name = "unique";
      inherit (elemType) description descriptionClass check;
      merge = mergeV2 (
        {
          loc,
          defs,
          undeclared ? null,
        }:
        if length defs == 1 then
          mergeTyped undeclared loc elemType defs
        else
          {
            headError = null;
            value = lib.mergeUniqueOption { inherit message; } loc defs;
            valueMeta = { };
          }
      );
      emptyValue = elemType.emptyValue;
      getSubOptions = elemType.getSubOptions;
      getSubModules = elemType.getSubModules;
      substSubModules = modules: unique { inherit message; } (elemType.substSubModules modules);
      functor = elemTypeFunctor "unique" (unique { inherit message; }) elemType;
      nestedTypes = { inherit elemType; };
    };

  nullOr =
    elemType:
    mkOptionType {
      name = "nullOr";
      description = "null or ${optionDescriptionPhrase (
        class:
        elem class [
          "noun"
          "conjunction"
        ]
      ) elemType}";
      descriptionClass = "conjunction";
      check = value: value == null || elemType.check value;
      merge = mergeV2 (
        {
          loc,
          defs,
          undeclared ? null,
        }:
        let
          nulls = lib.count (definition: definition.value == null) defs;
        in
        if nulls == 0 then
          mergeTyped undeclared loc elemType defs
        else
          {
            headError =
              if nulls == length defs then
                null
              else
                { message = "It is defined both null and not null, in ${lib.showFiles (lib.getFiles defs)}."; };
            value = null;
            valueMeta = { };
          }
      );
      emptyValue.value = null;
      getSubOptions = elemType.getSubOptions;
      getSubModules = elemType.getSubModules;
      substSubModules = modules: nullOr (elemType.substSubModules modules);
      functor = elemTypeFunctor "nullOr" nullOr elemType;
      nestedTypes = { inherit elemType; };
    };

  showValue =
    value:
    if builtins.isString value then
      ''"${value}"''
    else if builtins.isInt value then
      toString value
    else if builtins.isBool value then
      lib.boolToString value
    else
      "<${typeOf value}>";

  enum =
    values:
    mkOptionType {
      name = "enum";
      description =
        if values == [ ] then
          "impossible (empty enum)"
        else if length values == 1 then
          "value ${showValue (head values)} (singular enum)"
        else
          "one of ${lib.concatMapStringsSep ", " showValue values}";
      descriptionClass = if length values < 2 then "noun" else "conjunction";
      check = value: elem value values;
      merge = lib.mergeEqualOption;
      functor = defaultFunctor "enum" // {
        type = payload: enum payload.values;
        payload = { inherit values; };
        binOp = left: right: { values = lib.unique (left.values ++ right.values); };
      };
    };

  either =
    first: second:
    mkOptionType {
      name = "either";
      description =
        if first.descriptionClass or null == "nonRestrictiveClause" then
          "${first.description}, or ${clausePhrase second}"
        else
          "${clausePhrase first} or ${orPhrase second}";
      descriptionClass = "conjunction";
      check = value: first.check value || second.check value;
      merge = mergeV2 (
        {
          loc,
          defs,
          undeclared ? null,
        }:
        if fits first defs then
          mergeTyped undeclared loc first defs
        else if fits second defs then
          mergeTyped undeclared loc second defs
        else
          {
            headError = lib.wrongDefinitions (value: first.check value || second.check value) defs;
            value = lib.mergeOneOption loc defs;
            valueMeta = { };
          }
      );
      functor = defaultFunctor "either" // {
        type = payload: either (head payload.elemType) (lib.last payload.elemType);
        payload.elemType = [
          first
          second
        ];
        binOp =
          left: right:
          let
            merged = lib.zipListsWith (one: other: one.typeMerge other.functor) left.elemType right.elemType;
          in
          if elem null merged then null else { elemType = merged; };
      };
      nestedTypes = {
        left = first;
        right = second;
      };
    };
  clausePhrase = optionDescriptionPhrase (
    class:
    elem class [
      "noun"
      "conjunction"
    ]
  );
  orPhrase = optionDescriptionPhrase (
    class:
    elem class [
      "noun"
      "conjunction"
      "composite"
    ]
  );

  isNoun = class: class == "noun";
  coercedTo =
    from: convert: final:
    let
      coerce = value: if from.check value then convert value else value;
      coerced = map (definition: definition // { value = coerce definition.value; });
    in
    if from.getSubModules != null then
      throw "coercedTo: the type to convert from must not have submodules (it is a ${from.description})"
    else
      mkOptionType {
        name = "coercedTo";
        description = "${optionDescriptionPhrase isNoun final} or ${optionDescriptionPhrase isNoun from} convertible to it";
        check = value: (from.check value && final.check (convert value)) || final.check value;
        merge = mergeV2 (
          {
            loc,
            defs,
            undeclared ? null,
          }:
          mergeTyped undeclared loc final (coerced defs)
        );
        emptyValue = final.emptyValue;
        getSubOptions = final.getSubOptions;
        getSubModules = final.getSubModules;
        substSubModules = modules: coercedTo from convert (final.substSubModules modules);
        typeMerge = _: null;
        functor = defaultFunctor "coercedTo" // {
          wrapped = final;
        };
        nestedTypes = {
          coercedType = from;
          finalType = final;
        };
      };
in
{
  inherit
    addCheck
    unique
    nullOr
    enum
    either
    coercedTo
    ;
  uniq = unique { message = ""; };
  oneOf =
    types:
    if types == [ ] then
      throw "types.oneOf needs to get at least one type in its argument"
    else
      foldl' either (head types) (tail types);
  nonEmptyListOf =
    elemType:
    let
      list = addCheck (lib.types.listOf elemType) (value: value != [ ]);
    in
    list
    // {
      description = "non-empty ${optionDescriptionPhrase isNoun list}";
      emptyValue = { };
      substSubModules = modules: lib.types.nonEmptyListOf (elemType.substSubModules modules);
    };
}

map builtins.isFunction [ abort baseNameOf derivation dirOf fetchTarball import isNull map placeholder removeAttrs scopedImport throw toString ]

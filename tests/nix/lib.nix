# The part of nixpkgs' lib that rendered modules may use, with its real signatures and meanings.
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    foldl'
    isAttrs
    isList
    isString
    mapAttrs
    match
    ;
  id = x: x;
  mkOptionType = name: check: merge: {
    _type = "option-type";
    inherit name check merge;
  };
  last = list: builtins.elemAt list (builtins.length list - 1);
  # As mergeEqualOption: several definitions must agree.
  one =
    name: defs:
    if builtins.all (d: d == builtins.head defs) defs then last defs else throw "${name}: conflicting definitions";
in
rec {
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    elem
    filter
    genList
    head
    intersectAttrs
    isString
    length
    listToAttrs
    mapAttrs
    substring
    stringLength
    ;
  inherit last;
  fix =
    f:
    let
      x = f x;
    in
    x;
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;
  functionArgs = f: f.__functionArgs or (builtins.functionArgs f);
  toList = x: if isList x then x else [ x ];
  optional = cond: elem: if cond then [ elem ] else [ ];
  optionals = cond: elems: if cond then elems else [ ];
  optionalAttrs = cond: as: if cond then as else { };
  optionalString = cond: string: if cond then string else "";
  hasPrefix = prefix: string: substring 0 (stringLength prefix) string == prefix;
  hasSuffix =
    suffix: string:
    let
      a = stringLength string;
      b = stringLength suffix;
    in
    a >= b && substring (a - b) b string == suffix;
  removePrefix =
    prefix: string: if hasPrefix prefix string then substring (stringLength prefix) (-1) string else string;
  removeSuffix =
    suffix: string:
    if hasSuffix suffix string then substring 0 (stringLength string - stringLength suffix) string else string;
  warn = message: builtins.trace "warning: ${message}";
  any = builtins.any;
  sort = builtins.sort;
  all = builtins.all;
  genAttrs =
    names: f:
    listToAttrs (
      map (name: {
        inherit name;
        value = f name;
      }) names
    );
  concatMapStrings = f: list: concatStringsSep "" (map f list);
  getLib = package: package.lib or package.out or package;
  nameValuePair = name: value: { inherit name value; };
  filterAttrs =
    pred: set:
    listToAttrs (
      concatMap (
        name:
        let
          v = set.${name};
        in
        if pred name v then [ (nameValuePair name v) ] else [ ]
      ) (attrNames set)
    );
  mapAttrsToList = f: attrs: map (name: f name attrs.${name}) (attrNames attrs);
  importTOML = path: builtins.fromTOML (builtins.readFile path);
  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkDefault = mkOverride 1000;
  mkOptionDefault = mkOverride 1500;
  mkForce = mkOverride 50;
  mkOption =
    {
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      type ? null,
      readOnly ? null,
      apply ? null,
      internal ? null,
      visible ? null,
    }@attrs:
    attrs // { _type = "option"; };
  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
      type = types.bool;
    };
  types = {
    bool = mkOptionType "bool" builtins.isBool (one "bool");
    str = mkOptionType "str" isString (one "str");
    path = mkOptionType "path" (x: builtins.isPath x || isString x && hasPrefix "/" x) (one "path");
    listOf = elemType: mkOptionType "listOf" (x: isList x && builtins.all elemType.check x) builtins.concatLists;
    attrsOf =
      elemType:
      mkOptionType "attrsOf" (x: isAttrs x && builtins.all elemType.check (builtins.attrValues x)) (
        foldl' (a: b: a // b) { }
      );
    nullOr =
      elemType:
      mkOptionType "nullOr" (x: x == null || elemType.check x) (
        defs: if builtins.all (d: d == null) defs then null else elemType.merge (filter (d: d != null) defs)
      );
    enum = values: mkOptionType "enum" (x: elem x values) (one "enum");
    package = mkOptionType "package" (x: x.type or null == "derivation") (one "package");
    anything = mkOptionType "anything" (_: true) last;
    raw = mkOptionType "raw" (_: true) last;
  };

  # A small evalModules: declarations and definitions of all modules, mkIf pushed down, priorities respected.
  evalModules =
    { modules, specialArgs }:
    let
      args = specialArgs // {
        inherit config lib;
      };
      normal =
        m:
        let
          set = if builtins.isFunction m then m args else m;
        in
        if set ? options || set ? config then
          {
            options = set.options or { };
            config = set.config or { };
          }
        else
          {
            options = { };
            config = set;
          };
      # A module's imports come with it; a path is a file to import.
      whole =
        m:
        let
          read = if builtins.isPath m then import m else m;
          set = if builtins.isFunction read then read args else read;
        in
        concatMap whole (set.imports or [ ]) ++ [
          (normal (removeAttrs set [ "imports" ]) // (if builtins.isPath m then { file = m; } else { }))
        ];
      loaded = concatMap whole modules;
      isOption = x: x._type or null == "option";
      # The definitions of one attribute, each still under its conditions.
      down =
        name: def:
        let
          type = def._type or null;
        in
        if type == "if" then
          map (mkIf def.condition) (down name def.content)
        else if type == "merge" then
          concatMap (down name) def.contents
        else if def ? ${name} then
          [ def.${name} ]
        else
          [ ];
      names =
        def:
        let
          type = def._type or null;
        in
        if type == "if" then
          names def.content
        else if type == "merge" then
          concatMap names def.contents
        else
          attrNames def;
      resolve =
        def:
        let
          type = def._type or null;
        in
        if type == "if" then
          (if def.condition then resolve def.content else [ ])
        else if type == "merge" then
          concatMap resolve def.contents
        else if type == "override" then
          [
            {
              inherit (def) priority;
              value = def.content;
            }
          ]
        else
          [
            {
              priority = 100;
              value = def;
            }
          ];
      evalOption =
        path: option: defs:
        let
          # A default is a definition of the lowest priority, as NixOS has it.
          all = concatMap resolve (defs ++ (if option ? default then [ (mkOptionDefault option.default) ] else [ ]));
          best = foldl' (a: d: if d.priority < a then d.priority else a) 9999 all;
          values = map (d: d.value) (filter (d: d.priority == best) all);
          checked = map (
            v: if option.type.check v then v else throw "${path}: not of type ${option.type.name}"
          ) values;
          value =
            if values != [ ] then option.type.merge checked else throw "The option `${path}' is used but not defined.";
        in
        (option.apply or id) value;
      walk =
        path: opts: defs:
        let
          declared = builtins.foldl' (a: o: a // (mapAttrs (_: _: true) o)) { } opts;
          unknown = filter (n: !(declared ? ${n})) (concatMap names defs);
        in
        if unknown != [ ] then
          throw "The option `${path}${builtins.head unknown}' does not exist."
        else
          mapAttrs (
            name: _:
            let
              here = map (o: o.${name}) (filter (o: o ? ${name}) opts);
              below = concatMap (down name) defs;
            in
            if isOption (builtins.head here) then
              (
                # Declarations merge where no two of them say the same thing, as NixOS has it.
                if
                  any (key: builtins.length (filter (o: o.${key} or null != null) here) > 1) [
                    "default"
                    "example"
                    "description"
                    "apply"
                  ]
                then
                  throw "The option `${path}${name}' is already declared."
                else
                  evalOption "${path}${name}" (foldl' (a: o: a // o) { } here) below
              )
            else
              walk "${path}${name}." here below
          ) declared;
      config = walk "" (map (m: m.options) loaded) (map (m: m.config) loaded);
      lib = import ./lib.nix;
      options = map (m: m.options) loaded;
    in
    {
      inherit config options;
      # Files that declare options of hwtune.
      declarations = map (m: toString m.file) (filter (m: m ? file && m.options ? hwtune) loaded);
    };
}

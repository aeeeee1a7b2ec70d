# A nixpkgs in small: stages that build one another's compiler and libraries, overlays in every stage, the strict
# fetchurl of the bootstrap, and the strictness of mkDerivation about env.
{
  lib,
  overlays,
  # How glibc and zlib carry flags of their own: env, empty, string, list, null or none.
  form ? "env",
  # Whether nodejs is put together from nodejs-slim, and git is built with zlib-ng, as newer releases have it.
  joined ? false,
  platform ? lib.fix (self: {
    system = "x86_64-linux";
    isGnu = true;
    isStatic = false;
  }),
  build ? null,
}:
let
  buildPlatform = if build == null then platform else build;

  bootFetchurl =
    {
      url ? "",
      urls ? [ url ],
      sha256 ? "",
      hash ? "",
      name ? baseNameOf (builtins.head urls),
    }:
    derivation {
      inherit name;
      system = buildPlatform.system;
      builder = "/fetch";
      urls = urls;
      digest = sha256 + hash;
    };

  makeOverridable =
    f: args:
    let
      result = f args;
    in
    result
    // {
      override = {
        __functionArgs = builtins.functionArgs f;
        __functor = _: new: makeOverridable f (args // (if builtins.isFunction new then new args else new));
      };
    }
    // (
      if result ? overrideAttrs then
        { overrideAttrs = g: makeOverridable (a: (f a).overrideAttrs g) args; }
      else
        { }
    );

  mkStdenv = name: libc: rec {
    inherit name buildPlatform;
    hostPlatform = platform;
    mkDerivation =
      args:
      let
        env = args.env or { };
        top = removeAttrs args [
          "env"
          "passthru"
        ];
        overlap = builtins.attrNames (builtins.intersectAttrs top env);
        bad = builtins.filter (
          n:
          !(
            builtins.isString env.${n}
            || builtins.isBool env.${n}
            || builtins.isInt env.${n}
            || env.${n}.type or "" == "derivation"
          )
        ) (builtins.attrNames env);
        drv =
          if overlap != [ ] then
            throw "overlapping: ${toString overlap}"
          else if bad != [ ] then
            throw "env may hold strings, booleans, integers and derivations only: ${toString bad}"
          else
            derivation (
              top
              // env
              // {
                inherit (platform) system;
                name = args.pname;
                builder = "/bin/sh";
                stdenv = name + libc;
              }
            );
      in
      drv
      // (args.passthru or { })
      // {
        # What was asked for, and what the builder gets.
        inherit args;
        flags = if drv ? NIX_CFLAGS_COMPILE then toString drv.NIX_CFLAGS_COMPILE else null;
        overrideAttrs = f: mkDerivation (args // f args);
      };
  };

  own =
    {
      env = {
        env.NIX_CFLAGS_COMPILE = "-static-libgcc -DOWN=1";
      };
      empty = {
        env.NIX_CFLAGS_COMPILE = "";
      };
      string = {
        NIX_CFLAGS_COMPILE = "-static-libgcc -DOWN=1";
      };
      list = {
        NIX_CFLAGS_COMPILE = [
          "-static-libgcc"
          "-DOWN=1"
        ];
      };
      null = {
        NIX_CFLAGS_COMPILE = null;
      };
      other = {
        env.OTHER = "1";
      };
      none = { };
    }
    .${form};

  base =
    stdenv: fetchurl: self: _prev:
    let
      callPackage = f: args: makeOverridable f (builtins.intersectAttrs (builtins.functionArgs f) self // args);
      library =
        pname:
        callPackage (
          { stdenv, fetchurl }:
          stdenv.mkDerivation (
            {
              inherit pname;
              src = fetchurl {
                url = "https://example.org/${pname}.tar.gz";
                hash = "sha256-${pname}";
              };
            }
            // own
          )
        ) { };
      outputs =
        pname: outputs:
        callPackage (
          { stdenv }:
          stdenv.mkDerivation (
            {
              inherit pname outputs;
            }
            // own
          )
        ) { };
      # What newer releases build with zlib-ng.
      ngClient =
        pname:
        callPackage (
          { stdenv, zlib-ng }:
          stdenv.mkDerivation {
            inherit pname;
            buildInputs = [ zlib-ng ];
          }
        ) { };
      client =
        pname:
        callPackage (
          { stdenv, zlib }:
          stdenv.mkDerivation {
            inherit pname;
            buildInputs = [ zlib ];
          }
        ) { };
    in
    {
      inherit stdenv fetchurl lib;
      pkgs = self;
      glibc = library "glibc";
      zlib-ng = library "zlib-ng";
      zlib = library "zlib";
      zstd = library "zstd";
      # The library lies in the last output: the first is what the attribute's name alone stands for.
      xz = outputs "xz" [
        "bin"
        "dev"
        "out"
      ];
      openssl = library "openssl";
      nodejs-slim = library "nodejs-slim";
      # Of one piece in older releases, put together from its parts in newer ones.
      nodejs =
        if joined then
          callPackage (
            { stdenv, nodejs-slim }:
            stdenv.mkDerivation {
              pname = "nodejs";
              buildCommand = "ln -s ${nodejs-slim} $out";
              slim = nodejs-slim;
            }
          ) { }
        else
          library "nodejs";
      # Python's packages are built with the `self` that it was given.
      python3 = callPackage (
        { stdenv, self }:
        stdenv.mkDerivation (
          {
            pname = "python3";
            passthru.withPackages = _: self;
          }
          // own
        )
      ) { self = self.python3; };
      git = if joined then ngClient "git" else client "git";
      pigz = client "pigz";
      curl = client "curl";
      # Made without callPackage: nothing can be given to it.
      script = derivation {
        name = "script";
        inherit (buildPlatform) system;
        builder = "/bin/sh";
      };
      runCommand =
        name: args: text:
        derivation (
          args
          // {
            inherit name text;
            inherit (buildPlatform) system;
            builder = "/bin/sh";
          }
        );
      hello = callPackage ({ stdenv }: stdenv.mkDerivation { pname = "hello"; }) { };
    };

  stage =
    {
      name,
      prev,
      fetchurl,
      overrides,
    }:
    let
      stdenv = mkStdenv name (if prev == null then "" else "${prev.glibc}");
      carried = _final: _prev: overrides;
    in
    lib.fix (builtins.foldl' (f: o: lib.extends o f) (_: { }) ([ (base stdenv fetchurl) ] ++ overlays ++ [ carried ]));

  stage0 = stage {
    name = "stage0";
    prev = null;
    fetchurl = bootFetchurl;
    overrides = { };
  };
  stage1 = stage {
    name = "stage1";
    prev = stage0;
    fetchurl = bootFetchurl;
    overrides = {
      inherit (stage0) glibc;
    };
  };
  stage2 = stage {
    name = "stage2";
    prev = stage1;
    fetchurl = bootFetchurl;
    overrides = { };
  };
  stage3 = stage {
    name = "stage3";
    prev = stage2;
    fetchurl = bootFetchurl;
    overrides = {
      inherit (stage2) glibc;
    };
  };
  final = stage {
    name = "final";
    prev = stage3;
    fetchurl = args: bootFetchurl (builtins.intersectAttrs (builtins.functionArgs bootFetchurl) args);
    overrides = {
      inherit (stage3) glibc zlib;
    };
  };
in
final

# A nixpkgs in small whose derivations are really built, by the machine's own gcc behind a wrapper in nixpkgs' order. Paths of
# the machine are used as they are: there is no sandbox. HWTUNE_ZLIB names zlib's unpacked source.
{
  lib,
  overlays,
  platform,
  ...
}:
let
  inherit (platform) system;
  bash =
    name: attrs: text:
    derivation (
      {
        inherit name system;
        builder = "/bin/bash";
        args = [
          "-ec"
          "PATH=/usr/bin:/bin\n${text}"
        ];
      }
      // attrs
    );

  makeOverridable =
    f: args:
    let
      result = f args;
    in
    result
    // {
      override = {
        __functionArgs = builtins.functionArgs f;
        __functor = _: new: makeOverridable f (args // new);
      };
    }
    // lib.optionalAttrs (result ? overrideAttrs) {
      overrideAttrs = g: makeOverridable (a: (f a).overrideAttrs g) args;
    };

  # The machine's C library and loader, as a store path of their own.
  glibc = bash "glibc-1.0" { } ''
    mkdir -p $out/lib
    cp -L /lib64/ld-linux-x86-64.so.2 $out/lib/
    for lib in c m pthread dl rt; do
      cp -L /lib/x86_64-linux-gnu/lib$lib.so.? $out/lib/
    done
  '';

  cc = bash "gcc-wrapper-1.0" { inherit glibc; } ''
    mkdir -p $out/bin $out/nix-support
    echo /usr >$out/nix-support/orig-cc
    echo "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer" >$out/nix-support/cc-cflags-before
    sed "s|@out@|$out|g; s|@glibc@|$glibc|g" ${./cc-wrapper.sh} >$out/bin/gcc
    chmod +x $out/bin/gcc
    ln -s gcc $out/bin/cc
  '';

  mkDerivation =
    args:
    let
      env = args.env or { };
      drv = derivation (
        {
          inherit system cc glibc;
          name = "${args.pname}-1.0";
          builder = "/bin/bash";
          args = [
            "-e"
            ./builder.sh
          ];
        }
        // removeAttrs args [
          "env"
          "passthru"
        ]
        // env
      );
    in
    drv
    // {
      inherit args;
      overrideAttrs = f: mkDerivation (args // f args);
    };

  stdenv = {
    inherit mkDerivation;
    buildPlatform = platform;
    hostPlatform = platform;
  };

  base =
    self: _prev:
    let
      callPackage = f: args: makeOverridable f (builtins.intersectAttrs (builtins.functionArgs f) self // args);
    in
    {
      inherit stdenv lib glibc;
      pkgs = self;
      wrapper = cc;
      runCommand = bash;

      zlib = callPackage (
        { stdenv }:
        stdenv.mkDerivation {
          pname = "zlib";
          outputs = [
            "out"
            "dev"
          ];
          src = builtins.path {
            name = "zlib-source";
            path = builtins.getEnv "HWTUNE_ZLIB";
          };
          buildPhase = ''
            ./configure --prefix=$out --includedir=$dev/include
            make -j2
          '';
          # What names the headers goes with them, or the outputs would refer to one another.
          installPhase = ''
            make install >/dev/null
            mv $out/lib/pkgconfig $dev/
          '';
          env.NIX_CFLAGS_COMPILE = "-static-libgcc";
        }
      ) { };

      # A program that takes zlib as an argument.
      pigz = callPackage (
        { stdenv, zlib }:
        stdenv.mkDerivation {
          pname = "pigz";
          inputs = [ zlib ];
          src = builtins.path {
            name = "zlib-source";
            path = builtins.getEnv "HWTUNE_ZLIB";
          };
          buildPhase = "gcc -O2 -o pigz test/minigzip.c -I${zlib.dev}/include -lz";
          installPhase = "install -D pigz $out/bin/pigz";
        }
      ) { };

      # Debian's git, patched to these libraries.
      git = callPackage (
        { stdenv, zlib }:
        stdenv.mkDerivation {
          pname = "git";
          inputs = [ zlib ];
          buildPhase = ''
            cp /usr/bin/git git
            cp -L /lib/x86_64-linux-gnu/libpcre2-8.so.0 .
            patchelf --set-interpreter $glibc/lib/ld-linux-x86-64.so.2 --set-rpath $out/lib:$glibc/lib:${zlib}/lib git
            patchelf --set-rpath $glibc/lib libpcre2-8.so.0
          '';
          installPhase = ''
            install -D git $out/bin/git
            install -D libpcre2-8.so.0 $out/lib/libpcre2-8.so.0
          '';
        }
      ) { };

      # As xz: the attribute's name alone is the output with the program; the library is another one.
      xz = callPackage (
        { stdenv }:
        stdenv.mkDerivation {
          pname = "xz";
          outputs = [
            "bin"
            "dev"
            "out"
          ];
          src = ./xz;
          buildPhase = ''
            gcc -O2 -fPIC -shared -Wl,-soname,liblzma.so.5 -o liblzma.so.5 lzma.c
            ln -s liblzma.so.5 liblzma.so
            gcc -O2 -o xz main.c -L. -llzma -Wl,-rpath,$out/lib
          '';
          installPhase = ''
            install -D liblzma.so.5 $out/lib/liblzma.so.5
            ln -s liblzma.so.5 $out/lib/liblzma.so
            install -D xz $bin/bin/xz
            install -D lzma.h $dev/include/lzma.h
          '';
        }
      ) { };

      # It links the library of xz, and starts its program.
      user = callPackage (
        { stdenv, xz }:
        stdenv.mkDerivation {
          pname = "user";
          inputs = [ xz.out ];
          src = ./xz;
          buildPhase = "gcc -O2 -o user main.c -I${xz.dev}/include -llzma";
          installPhase = ''
            install -D user $out/bin/user
            echo ${xz.bin}/bin/xz >$out/bin/starts
          '';
        }
      ) { };

      # What NixOS calls the system: its programs, and what a switch runs.
      toplevel = bash "nixos-system-1.0" { inherit (self) git pigz xz user; } ''
        mkdir -p $out/sw/bin $out/bin
        ln -s $git/bin/git $pigz/bin/pigz $xz/bin/xz $user/bin/user $user/bin/starts $out/sw/bin/
        ln -s /usr/bin/ls /usr/bin/cat /usr/bin/grep $out/sw/bin/
        printf '#!/bin/sh\nln -sfn %s /run/current-system\n' $out >$out/bin/switch-to-configuration
        chmod +x $out/bin/switch-to-configuration
      '';
    };
in
lib.fix (builtins.foldl' (f: o: lib.extends o f) (_: { }) ([ base ] ++ overlays))

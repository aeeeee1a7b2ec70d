# A NixOS or home-manager configuration in small around one rendered module.
{
  module,
  # Further modules beside it.
  beside ? [ ],
  settings ? { },
  form ? "env",
  joined ? false,
  # Whether nixpkgs.pkgs is set.
  external ? false,
  system ? "x86_64-linux",
  base ? null,
  # What makes the packages.
  pkgsFile ? ./pkgs.nix,
}:
let
  lib = import ./lib.nix;
  platform =
    {
      name ? system,
      gnu ? true,
      static ? false,
    }:
    {
      system = name;
      isGnu = gnu;
      isStatic = static;
    };
  instance =
    {
      platform,
      build ? null,
    }:
    import pkgsFile {
      inherit
        lib
        form
        joined
        platform
        build
        ;
      inherit (result.config.nixpkgs) overlays;
    };
  declared = {
    options = {
      nixpkgs.overlays = lib.mkOption {
        type = lib.types.listOf lib.types.raw;
        default = [ ];
      };
      nixpkgs.hostPlatform = lib.mkOption {
        type = lib.types.anything;
        default = system;
      };
      assertions = lib.mkOption {
        type = lib.types.listOf lib.types.anything;
        default = [ ];
      };
      warnings = lib.mkOption {
        type = lib.types.listOf lib.types.str;
        default = [ ];
      };
      security.apparmor.includes = lib.mkOption {
        type = lib.types.attrsOf lib.types.anything;
        default = { };
      };
      environment.etc = lib.mkOption {
        # As NixOS has it, a file knows where in the store it lies.
        apply = builtins.mapAttrs (name: file: { source = "/nix/store/etc-${name}"; } // file);
        type = lib.types.attrsOf lib.types.anything;
        default = { };
      };
      nix.settings = lib.mkOption {
        type = lib.types.attrsOf lib.types.anything;
        default = { };
      };
      system.replaceDependencies.replacements = lib.mkOption {
        type = lib.types.listOf lib.types.anything;
        default = [ ];
      };
      system.replaceRuntimeDependencies = lib.mkOption {
        type = lib.types.listOf lib.types.anything;
        default = [ ];
      };
      home.sessionVariables = lib.mkOption {
        type = lib.types.attrsOf lib.types.anything;
        default = { };
      };
    };
  };
  result = lib.evalModules {
    modules = [
      declared
      module
      settings
    ]
    ++ beside;
    specialArgs = {
      inherit pkgs;
      options.nixpkgs.pkgs.isDefined = external;
    };
  };
  native = platform { };
  pkgs = instance { platform = native; };
  sets = {
    inherit pkgs;
    i686 = instance { platform = platform { name = "i686-linux"; }; };
    musl = instance { platform = platform { gnu = false; }; };
    static = instance {
      platform = platform {
        gnu = false;
        static = true;
      };
      build = native;
    };
    staticGlibc = instance {
      platform = platform { static = true; };
      build = native;
    };
    cross = instance {
      platform = platform { name = "riscv64-linux"; };
      build = native;
    };
  };
  shown = p: {
    inherit (p) drvPath flags;
    args = builtins.attrNames (removeAttrs p.args [ "passthru" ]);
    env = builtins.attrNames (p.args.env or { });
  };
in
{
  inherit (result) config options declarations;
  inherit pkgs sets;
  report = builtins.mapAttrs (
    _: set:
    builtins.mapAttrs (_: shown) {
      inherit (set)
        glibc
        zlib
        zstd
        git
        curl
        hello
        nodejs
        nodejs-slim
        python3
        openssl
        pigz
        xz
        ;
    }
  ) sets;
}

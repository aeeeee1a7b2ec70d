# Every output of flake.nix, forced with a nixpkgs in small: what its functions get is kept to be looked at.
let
  flake = import ../../flake.nix;

  lib = import ./lib.nix // {
    cleanSourceWith =
      {
        name,
        src,
        filter,
      }:
      {
        inherit name;
        top = builtins.filter (file: filter (src + "/${file}") "unknown") (
          builtins.attrNames (builtins.readDir src)
        );
        below = filter (src + "/src/cli/mod.rs") "regular";
      };
    splitString = separator: text: builtins.filter builtins.isString (builtins.split separator text);
    makeBinPath = packages: builtins.concatStringsSep ":" (map (p: "${p}/bin") packages);
    licenses = {
      mit.spdxId = "MIT";
      asl20.spdxId = "Apache-2.0";
    };
    platforms.linux = [ "x86_64-linux" ];
  };

  stub =
    name: extra:
    {
      type = "derivation";
      outPath = "/nix/store/${name}";
    }
    // extra;

  # A package set: names that nixpkgs has, and no others.
  set =
    system:
    let
      pkgs = {
        inherit lib;
        stdenv.hostPlatform.system = system;
        rustPlatform.buildRustPackage = args: stub args.pname { inherit args; };
        mkShell = args: stub "shell" { inherit args; };
        runCommand =
          name: args: text:
          stub name { inherit args text; };
        callPackage =
          path: args:
          let
            f = import path;
          in
          f (builtins.intersectAttrs (builtins.functionArgs f) pkgs // args);
      }
      // lib.genAttrs [
        "cargo"
        "cargo-deny"
        "cargo-nextest"
        "clippy"
        "gcc"
        "installShellFiles"
        "makeBinaryWrapper"
        "nixfmt"
        "rustc"
        "rustfmt"
        "shellcheck"
      ] (name: stub name { });
    in
    pkgs;

  self = outputs // {
    outPath = ../..;
    inherit outputs;
  };
  outputs = flake.outputs {
    inherit self;
    nixpkgs = {
      inherit lib;
      legacyPackages = builtins.listToAttrs (
        map (system: {
          name = system;
          value = set system;
        }) (builtins.attrNames outputs.packages)
      );
    };
  };

  # The module in a configuration, with a measured profile.
  nixos = import ./system.nix {
    module = outputs.nixosModules.default;
    beside = [
      {
        options = {
          networking.hostName = lib.mkOption {
            type = lib.types.str;
            default = "shoshin";
          };
          systemd.services = lib.mkOption {
            type = lib.types.attrsOf lib.types.anything;
            default = { };
          };
        };
      }
    ];
    settings = {
      services.hwtune.check.enable = true;
      # Said here, since this nixpkgs has no stdenv that knows flakes.
      services.hwtune.check.package = outputs.packages.x86_64-linux.default;
      hwtune = {
        enable = true;
        glibc.enable = true;
        profile = ../profiles/measured.toml;
      };
    };
  };
in
{
  inputs = flake.inputs;
  outputs = builtins.attrNames outputs;
  package = removeAttrs outputs.packages.x86_64-linux.default.args [
    "src"
    "cargoLock"
  ];
  source = outputs.packages.x86_64-linux.default.args.src;
  lock = baseNameOf outputs.packages.x86_64-linux.default.args.cargoLock.lockFile;
  overlaid = (outputs.overlays.default (set "x86_64-linux") { }).hwtune.outPath;
  shells = builtins.mapAttrs (_: s: map toString s.default.args.packages) outputs.devShells;
  inherit (outputs) apps formatter packages;
  checks = builtins.mapAttrs (_: builtins.attrNames) outputs.checks;
  runs = outputs.checks.x86_64-linux.runs.text;
  unit = nixos.config.systemd.services.hwtune-check.serviceConfig.ExecStart;
  kept = builtins.mapAttrs (_: package: package.kept) nixos.config.hwtune.report;
  flags = nixos.pkgs.zlib.flags;
}

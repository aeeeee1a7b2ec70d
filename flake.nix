{
  description = "hwtune: which compiler flags does this machine deserve, and how do we know?";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "riscv64-linux"
        "powerpc64le-linux"
      ];
      each = make: lib.genAttrs systems (system: make system nixpkgs.legacyPackages.${system});
    in
    {
      packages = each (
        system: pkgs: {
          hwtune = pkgs.callPackage ./packaging/package.nix { };
          default = self.packages.${system}.hwtune;
        }
      );

      apps = each (
        system: _pkgs: {
          default = {
            type = "app";
            program = "${self.packages.${system}.hwtune}/bin/hwtune";
            meta.description = "Measures which compiler flags help on this host";
          };
        }
      );

      overlays.default = final: _prev: { hwtune = final.callPackage ./packaging/package.nix { }; };

      # The check at boot, and with hwtune.profile the flags of a profile.
      nixosModules = {
        default =
          { pkgs, lib, ... }:
          {
            imports = [
              self.nixosModules.check
              self.nixosModules.profile
            ];
            services.hwtune.check.package =
              lib.mkDefault
                self.packages.${pkgs.stdenv.hostPlatform.system}.hwtune;
          };
        check = import ./packaging/nixos-check.nix;
        profile = import ./packaging/nixos-profile.nix;
      };

      devShells = each (
        _system: pkgs: {
          default = pkgs.mkShell {
            packages = [
              pkgs.cargo
              pkgs.cargo-deny
              pkgs.cargo-nextest
              pkgs.clippy
              pkgs.gcc
              pkgs.rustc
              pkgs.rustfmt
              pkgs.shellcheck
            ];
          };
        }
      );

      checks = each (
        system: pkgs: {
          package = self.packages.${system}.hwtune;
          # The program knows its own CPU, and the shipped profile still renders to Nix that parses.
          runs = pkgs.runCommand "hwtune-runs" { nativeBuildInputs = [ self.packages.${system}.hwtune ]; } ''
            export HOME=$TMPDIR
            hwtune detect --no-toolchains
            hwtune render nixos-overlay --profile ${./docs/examples/turin-guest.toml} -o overlay.nix
            hwtune schema >$out
          '';
        }
      );

      formatter = each (_system: pkgs: pkgs.nixfmt);
    };
}

# `services.hwtune.check`: tells at boot whether the hardware profile is still true. A stale one (exit 10) leaves the unit
# failed, hence in `systemctl --failed`, with what changed in `journalctl -u hwtune-check`. Nothing is measured.
{ config, lib, ... }:
let
  cfg = config.services.hwtune.check;
  arguments = [
    "--profile ${cfg.profile}"
  ]
  ++ lib.optional cfg.strict "--strict"
  ++ lib.optional (cfg.compilers == [ ]) "--no-toolchains";
in
{
  options.services.hwtune.check = {
    enable = lib.mkEnableOption "the check at boot whether the hardware profile is still true";
    package = lib.mkOption {
      type = lib.types.package;
      description = "The hwtune to run.";
    };
    profile = lib.mkOption {
      type = lib.types.path;
      default = "/var/lib/hwtune/${config.networking.hostName}.toml";
      description = "The profile: a file of the configuration, or one on the host.";
    };
    compilers = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      description = "Compilers to compare with those of the profile; with none, compilers are not compared.";
    };
    strict = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether new microcode, kernels and other volatile facts make the profile stale as well.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.hwtune-check = {
      description = "Is the hardware profile still true?";
      wantedBy = [ "multi-user.target" ];
      path = cfg.compilers;
      environment.XDG_CACHE_HOME = "/var/cache";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${cfg.package}/bin/hwtune check ${builtins.concatStringsSep " " arguments}";
        CacheDirectory = "hwtune";
        DynamicUser = true;
        CapabilityBoundingSet = "";
        PrivateDevices = true;
        PrivateNetwork = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        RestrictAddressFamilies = "none";
        SystemCallFilter = "@system-service";
      };
    };
  };
}

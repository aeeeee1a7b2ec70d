# A configuration in small that is really built, around one rendered module.
args:
let
  s = import ../system.nix ({ pkgsFile = ./pkgs.nix; } // args);
in
s
// {
  toplevel = import ./graft.nix {
    inherit (s) pkgs;
    top = s.pkgs.toplevel;
    inherit (s.config.system.replaceDependencies) replacements;
  };
  # The file of that name in /etc.
  preload = s.pkgs.runCommand "ld.so.preload" {
    text = s.config.environment.etc."ld-nix.so.preload".text or "";
  } "printf %s \"$text\" >$out";
}

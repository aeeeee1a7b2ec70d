# system.replaceDependencies in small: copies every store path of a closure that refers to a replaced one, with the reference
# rewritten. The graph is read while evaluating, as nixpkgs does it.
{
  pkgs,
  top,
  replacements,
}:
let
  plain = path: builtins.unsafeDiscardStringContext (toString path);
  graph =
    drv:
    import (
      pkgs.runCommand "references.nix"
        {
          exportReferencesGraph = [
            "graph"
            drv
          ];
        }
        ''
          {
            echo {
            while read -r path && read -r _ && read -r count; do
              echo "\"$path\" = ["
              for ((; count > 0; count--)); do
                read -r reference
                [ "$reference" = "$path" ] || echo "\"$reference\""
              done
              echo "];"
            done <graph
            echo }
          } >$out
        ''
    );
  all = builtins.foldl' (a: drv: graph drv // a) { } ([ top ] ++ map (r: r.newDependency) replacements);
  stored = path: builtins.appendContext path { ${path}.path = true; };
  replaced = builtins.listToAttrs (
    map (r: {
      name = plain r.oldDependency;
      value = r.newDependency;
    }) replacements
  );
  new = builtins.mapAttrs (
    path: references:
    let
      changed = builtins.filter (r: plain new.${r} != r) references;
      name = builtins.substring 33 (-1) (baseNameOf path);
      rewrites = map (r: "-e 's|${baseNameOf r}|${baseNameOf (plain new.${r})}|g'") changed;
    in
    if replaced ? ${path} && plain replaced.${path} != path then
      new.${plain replaced.${path}} or replaced.${path}
    else if changed == [ ] then
      stored path
    else
      pkgs.runCommand name { after = map (r: new.${r}) changed; } ''
        nix-store --dump ${stored path} | sed -e "s|${baseNameOf path}|''${out##*/}|g" ${toString rewrites} |
          nix-store --restore $out
      ''
  ) all;
in
if replacements == [ ] then top else new.${plain top}

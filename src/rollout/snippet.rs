//! The snippet is what the owner of a configuration adds to it.

use super::error::RolloutError;
use super::script::Route;
use crate::render::{Syntax, line};
use std::path::{Component, Path, PathBuf};

/// How a configuration is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `flake.nix`.
    Flake,
    /// `configuration.nix`.
    Channel,
}

/// What a snippet is made of.
#[derive(Clone, Debug)]
pub struct Snippet<'a> {
    /// How the configuration is built.
    pub kind: Kind,
    /// The render target, such as `nixos-overlay` or `nixos-import`.
    pub target: &'a str,
    /// Usual file name of the target.
    pub file_name: &'a str,
    /// Host name.
    pub host: &'a str,
    /// nixpkgs' system, such as `x86_64-linux`.
    pub system: &'a str,
    /// Packages that the module holds and leaves off.
    pub off: &'a [String],
    /// Programs that take one of its libraries in every release.
    pub consumers: &'a [&'a str],
    /// Where the module is kept, relative to the configuration's root; `HOST` stands for the host's name, and a folder takes
    /// the usual file name.
    pub layout: &'a str,
    /// The file that gets the snippet, relative to the root.
    pub into: Option<&'a str>,
}

/// The snippet: formatted Nix with comments.
pub fn snippet(of: &Snippet<'_>) -> Result<String, RolloutError> {
    let module = layout(of)?;
    let default = match of.kind {
        // A home is a module of its own, whoever builds it.
        _ if of.target.starts_with("home-manager-") => "home.nix",
        Kind::Flake => "flake.nix",
        Kind::Channel => "configuration.nix",
    };
    let into = plain(of.into.unwrap_or(default), "--into")?;
    let import = relative(&into, &module);
    let host = nix_string(of.host);
    let mut options = vec!["hwtune.enable = true;".to_string()];
    match of.target {
        "nixos-import" => {
            let profile = relative(&into, &module.with_file_name(format!("{}.toml", of.host)));
            options.push(format!("hwtune.profile = {profile};"));
        }
        "nixos-platform" => options.push("# First without the next line, and a switch; see the module's head.\nhwtune.platform.enable = true;".into()),
        "nixos-side" => {
            let names: Vec<String> = of.consumers.iter().map(|name| format!("\"{}\"", line(name))).collect();
            let list = format!("hwtune.consumers = [ {} ]; # the programs that get the libraries", names.join(" "));
            options.push(list);
        }
        "home-manager-overlay" => {}
        "home-manager-runtimes" => options.push(
            "# hwtune.nodejs.enable = true; # builds Node here, for hours\n# hwtune.python3.enable = true; # and Python".into(),
        ),
        _ => {}
    }
    // What the module holds and leaves off until it is asked for.
    for name in of.off.iter().filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')) {
        options
            .push(format!("# hwtune.{name}.enable = true; # {name} as well: read the module's head first"));
    }
    let options = options.join("\n");
    let routes = Route::ALL.iter().map(|r| r.target());
    let others: Vec<&str> = routes.filter(|t| *t != of.target && *t != "nixos-platform").collect();
    let beside = match of.target {
        "home-manager-overlay" => {
            "# It acts where home-manager.useGlobalPkgs is false. Alone, or beside home-manager-runtimes.\n"
                .into()
        }
        "home-manager-runtimes" => "# Alone, or beside home-manager-overlay.\n".into(),
        "nixos-platform" => format!("# Alone, or beside one of {}.\n", others.join(", ")),
        target => format!(
            "# ONE route at a time: {} and the others declare the same options, and Nix refuses a\n\
             # configuration that imports two (\"hwtune.enable is already declared\"). To change the route,\n\
             # replace the import; the others are {}. nixos-platform goes with any.\n",
            line(target),
            others.join(", ")
        ),
    };
    let head = format!(
        "# Into {}, merged with what is there. The module:\n#   hwtune render {} -o {}{}\n\
         {beside}# Whether it is imported: hwtune rollout imported {}\n",
        line(&into.display().to_string()),
        line(of.target),
        line(&module.display().to_string()),
        match of.kind {
            Kind::Flake => format!(
                "\n#   git add {}   (a flake sees only what git knows)",
                line(&module.display().to_string())
            ),
            Kind::Channel => String::new(),
        },
        line(&into.display().to_string()),
    );
    let body = match of.kind {
        Kind::Flake if into.file_name().is_some_and(|n| n == "flake.nix") => format!(
            "{{\n outputs = {{ nixpkgs, ... }}: {{\n nixosConfigurations.{host} = nixpkgs.lib.nixosSystem {{\n system = {};\n \
             modules = [\n # ./configuration.nix and the others stay\n {import}\n {{\n {options}\n }}\n ];\n }};\n }};\n}}\n",
            nix_string(of.system)
        ),
        _ => format!(
            "{{ ... }}:\n{{\n imports = [\n # what is there stays\n {import}\n ];\n\n {options}\n}}\n"
        ),
    };
    Syntax::Nix
        .finish(&(head + "\n" + &body))
        .map_err(|e| RolloutError::failed(format!("rollout snippet: {}", line(&e))))
}

/// Where the module is kept.
fn layout(of: &Snippet<'_>) -> Result<PathBuf, RolloutError> {
    let text = of.layout.split('/').map(|part| if part == "HOST" { of.host } else { part });
    let text = text.collect::<Vec<_>>().join("/");
    let path = plain(&text, "--layout")?;
    Ok(if text.ends_with(".nix") { path } else { path.join(of.file_name) })
}

/// A path that stays within the configuration and that a Nix path literal can hold.
fn plain(text: &str, option: &str) -> Result<PathBuf, RolloutError> {
    let literal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+');
    let path: PathBuf = Path::new(text).components().filter(|c| *c != Component::CurDir).collect();
    let inside = path.components().all(|c| matches!(c, Component::Normal(_)));
    if !inside || !text.chars().all(literal) {
        let what = "give a path within the configuration, of letters, digits and ._+-";
        return Err(RolloutError::usage(format!(
            "{option} {}: {what}, such as hosts/HOST/nixos/modules/",
            line(text)
        )));
    }
    Ok(path)
}

/// A Nix path literal that leads from a file to another.
fn relative(from: &Path, to: &Path) -> String {
    let folder: Vec<Component> = from.parent().map(|p| p.components().collect()).unwrap_or_default();
    let whole: Vec<Component> = to.components().collect();
    let shared = folder.iter().zip(&whole).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(folder.len() - shared);
    let down: PathBuf = whole[shared..].iter().collect();
    let start = if up.is_empty() { "./" } else { &up };
    format!("{start}{}", down.display())
}

/// A host name as a Nix string; it holds nothing that needs an escape.
fn nix_string(text: &str) -> String {
    format!("\"{}\"", crate::text::host_name(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(kind: Kind, target: &'a str, layout: &'a str, into: Option<&'a str>) -> Snippet<'a> {
        let file_name = "hwtune-overlay.nix";
        Snippet {
            kind,
            target,
            file_name,
            off: &[],
            consumers: &["pigz"],
            host: "shoshin",
            system: "x86_64-linux",
            layout,
            into,
        }
    }

    #[test]
    fn the_import_leads_from_the_file_to_the_module() {
        let text = snippet(&of(
            Kind::Channel,
            "nixos-overlay",
            "hosts/HOST/nixos/modules/system/overlays/",
            Some("hosts/shoshin/nixos/configuration.nix"),
        ))
        .unwrap();
        assert!(text.contains("    ./modules/system/overlays/hwtune-overlay.nix\n"), "{text}");
        assert!(text.contains(
            "hwtune render nixos-overlay -o hosts/shoshin/nixos/modules/system/overlays/hwtune-overlay.nix"
        ));
        assert!(text.contains("ONE route at a time") && text.contains("hwtune.enable = true;"));
        let home = snippet(&of(Kind::Flake, "home-manager-overlay", "", None)).unwrap();
        assert!(home.starts_with("# Into home.nix") && !home.contains("nixosSystem"), "{home}");
        assert!(home.contains("useGlobalPkgs") && home.contains("git add"), "{home}");
        let flake = snippet(&of(Kind::Flake, "nixos-import", "", None)).unwrap();
        assert!(flake.contains("git add") && flake.contains("hwtune.profile = ./shoshin.toml;"), "{flake}");
        assert!(
            flake.contains("nixosConfigurations.\"shoshin\"")
                || flake.contains("nixosConfigurations.shoshin")
        );
        assert_eq!(relative(Path::new("a/b/c.nix"), Path::new("a/d/e.nix")), "../d/e.nix");
    }

    #[test]
    fn a_layout_stays_within_the_configuration() {
        for bad in ["../x.nix", "/etc/x.nix", "a b.nix", "${x}.nix", "a\nb.nix"] {
            let error = snippet(&of(Kind::Flake, "nixos-overlay", bad, None)).unwrap_err();
            assert!(
                error.message.starts_with("--layout") && !error.message.contains('\n'),
                "{bad:?}: {error}"
            );
        }
    }
}

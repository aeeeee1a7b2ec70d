//! Profiles, a policy and a real Nix for the tests of rendering.

use hwtune::catalogue::{Catalogue, Flag, FlagKind, Package, Risk};
use hwtune::profile::{self, Profile, Section};
use hwtune::render::{self, Options, RenderError, Rendered};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// A file of `tests/`.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// A profile of `tests/profiles/`.
pub fn profile(name: &str) -> Profile {
    profile::read(&path("profiles").join(format!("{name}.toml"))).unwrap()
}

/// The shipped catalogue under the tests' own policy.
pub fn catalogue() -> &'static Catalogue {
    static ONCE: OnceLock<Catalogue> = OnceLock::new();
    ONCE.get_or_init(under_policy)
}

fn under_policy() -> Catalogue {
    let mut catalogue = Catalogue::load(None).unwrap();
    catalogue.packages = toml::from_str::<BTreeMap<String, Package>>(include_str!("policy.toml")).unwrap();
    // The shipped rows change; what the golden files hold must not change with them.
    catalogue.flags.clear();
    for name in [
        "-march=skylake",
        "-mtune=skylake",
        "-march=znver5",
        "-mtune=znver5",
        "-mcpu=neoverse-v1",
        "-O3",
        "-fno-plt",
        "-mno-avx512f",
        "-march=znver3",
        "-mavx512f",
        "-mavx10.2",
        "-flto",
    ] {
        catalogue.flags.push(Flag {
            name: name.into(),
            kind: FlagKind::Codegen,
            risk: Risk::None,
            compilers: vec!["gcc".into()],
            first: false,
            only: Vec::new(),
            matters_for: Vec::new(),
            needs: Vec::new(),
            conflicts: Vec::new(),
            why: "test".into(),
            source: "test".into(),
        });
    }
    catalogue
}

/// Gives a section the row that bears out its flags and figures, as `tune` writes it.
pub fn confirm(section: &mut Section) {
    section.judged = vec![section.own_row()];
}

/// Renders a built-in target.
pub fn render(profile: &Profile, target: &str, options: &Options) -> Result<Rendered, RenderError> {
    render::render(profile, catalogue(), target, options)
}

/// Options that also write what nobody measured.
pub fn unmeasured() -> Options {
    Options { allow_unmeasured: true, ..Options::default() }
}

/// The flags kept for a package.
pub fn kept(rendered: &Rendered, package: &str) -> Vec<String> {
    rendered.choices.iter().find(|c| c.package == package).map(|c| c.kept.clone()).unwrap_or_default()
}

/// Real Nix's value of an expression. Its store and state are a scratch directory: nothing is built.
pub fn nix(expression: &str) -> Result<serde_json::Value, String> {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("expression.nix");
    std::fs::write(&file, expression).unwrap();
    let out = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json"])
        .arg(&file)
        .env("HOME", scratch.path())
        .env("NIX_STATE_DIR", scratch.path().join("var"))
        .env("NIX_STORE_DIR", "/nix/store")
        .env("NIX_LOG_DIR", scratch.path().join("log"))
        .output()
        .expect("nix-instantiate: install Debian's nix-bin");
    match out.status.success() {
        true => Ok(serde_json::from_slice(&out.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&out.stderr).into_owned()),
    }
}

/// A rendered module on disk, and the expression of a configuration around it.
pub struct Module {
    folder: tempfile::TempDir,
}

impl Module {
    /// Writes the text.
    pub fn new(rendered: &Rendered) -> Module {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("module.nix"), &rendered.text).unwrap();
        Module { folder }
    }

    /// A file beside the module.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `import tests/nix/system.nix { … }` with these settings and further arguments.
    pub fn system(&self, settings: &str, more: &str) -> String {
        format!(
            "(import {} {{ module = import {}; settings = {settings}; {more} }})",
            path("nix/system.nix").display(),
            self.folder.path().join("module.nix").display()
        )
    }
}

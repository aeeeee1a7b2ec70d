//! Consumers: each a template with front matter, built in or from the user's own directory.

use super::error::RenderError;
use super::syntax::Syntax;
use crate::catalogue::Layer;
use crate::files::Own;
use crate::text::place;
use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::OnceLock;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/render/templates");

/// A template is text that people write; anything larger is not one.
pub(super) const MAX_BYTES: u64 = 128 << 10;

/// What a consumer is and needs: the TOML in the template's first comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// One line for people.
    pub title: String,
    /// Usual name of the file.
    pub file: String,
    /// What the text is checked as before it is written.
    pub syntax: Syntax,
    /// What opens a comment line; empty where the syntax has none.
    #[serde(default)]
    pub comment: String,
    /// Packages it always shows.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Layers of which it takes the profile's further packages.
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// Packages that are off until the user enables them.
    #[serde(default)]
    pub off: Vec<String>,
    /// Packages it must never touch, whatever the profile holds.
    #[serde(default)]
    pub never: Vec<String>,
    /// Why not.
    #[serde(default)]
    pub never_why: String,
    /// True where the bootstrap's compilers see the flags.
    #[serde(default)]
    pub bootstrap: bool,
    /// True where it takes the host's architecture options rather than a package's flags.
    #[serde(default)]
    pub host: bool,
    /// True where it has settings for single packages, and so takes every package of the profile with flags.
    #[serde(default)]
    pub each_package: bool,
    /// What it goes by in the `names` of the catalogue's packages: it takes none that has no such name.
    #[serde(default)]
    pub called: String,
    /// True where it acts on packages that nobody timed, so that `--strict` refuses it.
    #[serde(default)]
    pub unmeasured: bool,
    /// True where the text holds nothing of a profile, so that any will do.
    #[serde(default)]
    pub any_profile: bool,
    /// True where it installs a library for the loader's glibc-hwcaps folders.
    #[serde(default)]
    pub hwcaps: bool,
    /// Values of the profile that must not be empty: `system`, `gcc`, `rust`, `go`, `archspec`, `nixpkgs`.
    #[serde(default)]
    pub needs: Vec<String>,
}

/// One consumer.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Name on the command line: the template's file stem.
    pub name: String,
    /// Its front matter.
    pub front: FrontMatter,
    /// The whole template.
    pub template: String,
}

/// The built-in consumers and those of the user's directory, sorted. A user's template of the same name wins.
pub fn targets(directory: Option<&Path>) -> Result<Vec<Target>, RenderError> {
    static READ: OnceLock<Vec<Target>> = OnceLock::new();
    let mut all = match READ.get() {
        Some(all) => all.clone(),
        None => {
            let all: Vec<Target> = built_in()
                .map(|(name, text)| read(&name, text, &format!("{name}.j2")))
                .collect::<Result<_, RenderError>>()?;
            READ.get_or_init(|| all).clone()
        }
    };
    let own = directory.map(own).transpose()?.unwrap_or_default();
    for (name, text) in own.into_iter().filter(|(name, _)| !name.starts_with('_')) {
        let place = directory.map(|d| place(&d.join(format!("{name}.j2")))).unwrap_or_default();
        all.retain(|t| t.name != name);
        all.push(read(&name, &text, &place)?);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

impl Target {
    /// A target from the text of its template; `place` is named in errors.
    pub fn parse(name: &str, text: &str, place: &str) -> Result<Target, RenderError> {
        read(name, text, place)
    }
}

/// Shared parts, included by their file name: those that begin with `_`. Of two with one name, the user's is the last.
pub(super) fn parts(directory: Option<&Path>) -> Result<Vec<(String, String)>, RenderError> {
    let built_in = files().map(|(name, text)| (name, text.to_string()));
    let own = directory.map(own).transpose()?.unwrap_or_default();
    Ok(built_in.chain(own).filter(|(name, _)| name.starts_with('_')).collect())
}

fn built_in() -> impl Iterator<Item = (String, &'static str)> {
    files().filter(|(name, _)| !name.starts_with('_'))
}

fn files() -> impl Iterator<Item = (String, &'static str)> {
    BUILT_IN.files().filter_map(|f| {
        let name = f.path().file_name()?.to_str()?.strip_suffix(".j2")?;
        Some((name.to_string(), f.contents_utf8()?))
    })
}

/// The templates and parts of the user's directory.
fn own(directory: &Path) -> Result<Vec<(String, String)>, RenderError> {
    let fault = |path: &Path, what: String| RenderError::Template { place: place(path), what };
    let folder = Own::new(directory);
    let template = |path: &Path| path.extension().is_some_and(|e| e == "j2");
    let names = folder
        .names("", template)
        .map_err(|e| fault(directory, format!("cannot list: {e}; give another --templates directory")))?;
    let mut all = Vec::new();
    for file in names {
        let path = directory.join(&file);
        let Some(name) = file.strip_suffix(".j2") else { continue };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        let target = name.strip_prefix('_').unwrap_or(name);
        if target.is_empty() || !target.chars().all(|c| plain(c) || c == '_' && name.starts_with('_')) {
            let what =
                "a target's name is of a-z, 0-9, - and . only, that of a part begins with _; rename it";
            return Err(fault(&path, what.into()));
        }
        let text = folder.text(&file, MAX_BYTES).map_err(|e| fault(&path, format!("{e}; remove it")))?;
        all.extend(text.map(|text| (name.to_string(), text)));
    }
    Ok(all)
}

/// Splits a template into front matter and body.
fn read(name: &str, text: &str, place: &str) -> Result<Target, RenderError> {
    let fault = |what: String| RenderError::Template { place: place.into(), what };
    let inner = text
        .strip_prefix("{#")
        .and_then(|t| t.split_once("#}"))
        .map(|(inner, _)| inner.trim_matches('-'))
        .ok_or_else(|| fault("no front matter; open it with `{#`, TOML and `#}`".into()))?;
    let front: FrontMatter = ::toml::from_str(inner).map_err(|e| {
        let line = e.span().map_or(1, |s| inner[..s.start.min(inner.len())].matches('\n').count() + 1);
        fault(format!("line {line}: {}", e.message().replace('\n', ", ")))
    })?;
    if front.file.contains('/') || front.file.is_empty() {
        return Err(fault("`file` is a file's name without a folder".into()));
    }
    let printable = |t: &str| t.chars().all(|c| matches!(c, ' '..='~'));
    if !printable(&front.comment) || !printable(&front.title) {
        return Err(fault("`comment` and `title` are printable ASCII on one line".into()));
    }
    Ok(Target { name: name.into(), front, template: text.into() })
}

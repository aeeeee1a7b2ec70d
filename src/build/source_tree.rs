//! A package's own sources, gathered as its trial says: files, generated headers, version. Nothing of the tree is
//! executed, neither configure nor make, and tar writes to the build directory alone.

use crate::catalogue::{BuildRule, Setting, Trial, Unit, VersionRule};
use crate::files::Workspace;
use crate::toolchain::{Launcher, ToolchainError};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// The folder of the build directory that holds the package's files, apart from the driver's.
const INSIDE: &str = "package";
/// Where links may lead beside the tree itself: nobody writes there.
const STORE: &str = "/nix/store";
/// No source file is larger.
const LARGEST: u64 = 16 << 20;
/// Nor are all of them together.
const LARGEST_TREE: u64 = 128 << 20;
/// Longest that unpacking may take.
const UNPACK_LIMIT: Duration = Duration::from_secs(300);

/// What is wrong with a source tree, in one line with the remedy.
#[derive(Debug, Error)]
#[error("package {package}: {place}: {what}; {remedy}")]
pub struct SourceError {
    /// The package.
    pub package: String,
    /// The tree or file.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// The files of a package, ready to be compiled unit by unit.
#[derive(Clone, Debug)]
pub struct SourceTree {
    /// As its headers tell; empty where the trial does not say where.
    pub version: String,
    /// SHA-256 over names and texts, hexadecimal.
    pub sha256: String,
    /// The library's C files.
    pub units: Vec<Unit>,
    /// What they include.
    pub headers: Vec<Unit>,
    /// Options every unit needs: include folders and macros.
    pub options: Vec<String>,
}

impl SourceTree {
    /// Reads the tree at `place`: a folder, a folder that holds it, or, with a launcher that starts tar, an archive that
    /// tar can unpack.
    pub fn read(
        package: &str,
        place: &Path,
        trial: &Trial,
        workspace: &Workspace,
        launcher: Option<&Launcher>,
    ) -> Result<SourceTree, SourceError> {
        let reader = Reader { package, place };
        let Some(build) = &trial.build else {
            let remedy = "build it twice with its own build system and use `hwtune compare`";
            return Err(reader.wrong("its trial builds nothing from source", remedy));
        };
        let place = reader.unpacked(workspace, launcher)?;
        let root = reader.root(&place, build, trial.version.as_ref())?;
        let version = trial.version.as_ref().map(|rule| reader.version(&root, rule)).transpose()?;
        let units = reader.files(&root, &build.sources, &build.leave_out, true)?;
        let mut headers = reader.files(&root, &build.headers, &[], false)?;
        let generated = build.config.iter().map(|(file, settings)| (file, config_header(settings)));
        for (file, text) in generated.chain(build.generated.iter().map(|(f, t)| (f, t.clone()))) {
            headers.retain(|h| h.file != inside(file));
            headers.push(Unit { file: inside(file), text });
        }
        let include = build.include.iter().map(|i| format!("-I{}", inside(i)));
        let options: Vec<String> = include.chain(build.defines.iter().map(|d| format!("-D{d}"))).collect();
        let mut hash = Sha256::new();
        for text in units.iter().chain(&headers).flat_map(|u| [&u.file, &u.text]).chain(&options) {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let sha256 = crate::text::hex(&hash.finalize());
        Ok(SourceTree { version: version.unwrap_or_default(), sha256, units, headers, options })
    }
}

/// Where a file of the tree lies in the build directory.
fn inside(path: &str) -> String {
    if path == "." { INSIDE.into() } else { format!("{INSIDE}/{path}") }
}

fn config_header(settings: &BTreeMap<String, Setting>) -> String {
    let line = |(name, setting): (&String, &Setting)| match setting {
        Setting::Switch(false) => format!("/* #undef {name} */\n"),
        Setting::Switch(true) => format!("#define {name} 1\n"),
        Setting::Number(n) => format!("#define {name} {n}\n"),
        Setting::Text(text) => format!("#define {name} {}\n", text.replace('\n', " ")),
    };
    settings.iter().map(line).collect()
}

struct Reader<'a> {
    package: &'a str,
    place: &'a Path,
}

impl Reader<'_> {
    fn wrong(&self, what: impl ToString, remedy: &str) -> SourceError {
        self.wrong_at(self.place, what, remedy)
    }

    fn wrong_at(&self, place: &Path, what: impl ToString, remedy: &str) -> SourceError {
        let (package, place) = (self.package.to_string(), place.display().to_string());
        let what = what.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        SourceError { package, place, what, remedy: remedy.to_string() }
    }

    /// The folder itself, or where tar unpacked an archive: `nix-build -A zlib.src` gives one.
    fn unpacked(&self, workspace: &Workspace, launcher: Option<&Launcher>) -> Result<PathBuf, SourceError> {
        let remedy = "name a source tree, as `apt-get source` makes it, or its archive";
        let about = std::fs::metadata(self.place).map_err(|e| self.wrong(e, remedy))?;
        if about.is_dir() {
            return Ok(self.place.to_path_buf());
        }
        if !about.is_file() {
            return Err(self.wrong("neither a folder nor a file", remedy));
        }
        let launcher = launcher.ok_or_else(|| self.wrong("an archive", "unpack it and name the folder"))?;
        let archive = std::fs::canonicalize(self.place).map_err(|e| self.wrong(e, remedy))?;
        let into = workspace.path().join("unpacked").join(self.package);
        std::fs::create_dir_all(&into).map_err(|e| self.wrong(e, "make room under TMPDIR"))?;
        let args = ["--extract", "--no-same-owner", "--file"].map(OsStr::new);
        let args = [&args[..], &[archive.as_os_str()]].concat();
        let failed = |what: String| self.wrong(what, "unpack it and name the folder");
        let said =
            launcher.run(Path::new("tar"), &args, &into, &archive, UNPACK_LIMIT).map_err(|e| match e {
                ToolchainError::Unusable { what, .. } => failed(format!("tar {what}")),
                ToolchainError::Hung { seconds, .. } => failed(format!("tar had no end after {seconds} s")),
                other => failed(other.to_string()),
            })?;
        if said.ok() {
            return Ok(into);
        }
        let words = said.stderr.lines().map(str::trim).find(|l| !l.is_empty());
        let place = crate::text::place(self.place);
        Err(failed(format!(
            "{place} is incomplete, damaged or no archive (tar: {})",
            words.unwrap_or("no answer")
        )))
    }

    /// The folder from which the trial's paths count: the place, or the one folder in it that has the telling file.
    fn root(
        &self,
        place: &Path,
        build: &BuildRule,
        version: Option<&VersionRule>,
    ) -> Result<PathBuf, SourceError> {
        let plain = build.sources.iter().find(|s| !s.contains(['*', '?', '[']));
        let telling = match (version, plain) {
            (Some(rule), _) => &rule.file,
            (None, Some(source)) => source,
            (None, None) => return Ok(place.to_path_buf()),
        };
        if place.join(telling).is_file() {
            return Ok(place.to_path_buf());
        }
        let entries =
            std::fs::read_dir(place).map_err(|e| self.wrong(e, "name a folder that can be read"))?;
        let mut below: Vec<PathBuf> =
            entries.flatten().map(|e| e.path()).filter(|p| p.join(telling).is_file()).collect();
        match (below.pop(), below.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => Err(self.wrong("several source trees in it", "name one of them")),
            (None, _) => {
                let what = format!("no {telling} in it");
                Err(self.wrong(what, &format!("name the root of {}'s source tree", self.package)))
            }
        }
    }

    fn version(&self, root: &Path, rule: &VersionRule) -> Result<String, SourceError> {
        let path = root.join(&rule.file);
        let text = self.text(root, &path)?;
        let mut parts = Vec::new();
        for define in &rule.define {
            let Some(value) = defined(&text, define) else {
                let remedy = "name an unpacked release of the package";
                return Err(self.wrong_at(&path, format!("does not define {define}"), remedy));
            };
            parts.push(value);
        }
        let version = parts.join(".");
        let is_below = |bound: &str| numbers(&version) < numbers(bound);
        if is_below(&rule.from) || !(rule.below.is_empty() || is_below(&rule.below)) {
            let upto = if rule.below.is_empty() { String::new() } else { format!(" up to {}", rule.below) };
            let what = format!("is version {version}; the trial builds {}{upto}", rule.from);
            let remedy = "name another release, or describe this one in a --probes folder";
            return Err(self.wrong_at(root, what, remedy));
        }
        Ok(version)
    }

    /// The files that globs name. Each glob must find one, or the tree is not what the trial describes.
    fn files(
        &self,
        root: &Path,
        globs: &[String],
        but: &[String],
        needed: bool,
    ) -> Result<Vec<Unit>, SourceError> {
        let left: Vec<glob::Pattern> = but.iter().filter_map(|b| glob::Pattern::new(b).ok()).collect();
        let options = glob::MatchOptions { require_literal_separator: true, ..Default::default() };
        let (mut found, mut units, mut total) = (BTreeSet::new(), Vec::new(), 0);
        for pattern in globs {
            let whole = format!("{}/{pattern}", glob::Pattern::escape(&root.to_string_lossy()));
            let paths = glob::glob_with(&whole, options)
                .map_err(|e| self.wrong(format!("{pattern}: {e}"), "correct the glob in trial.toml"))?;
            let mut met = false;
            for path in paths.flatten() {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                met = true;
                let ignored = left.iter().any(|l| l.matches_with(&name, options));
                if path.is_dir() || ignored || !found.insert(name.clone()) {
                    continue;
                }
                let text = self.text(root, &path)?;
                total += text.len() as u64;
                if total > LARGEST_TREE {
                    return Err(self.wrong("more than 128 MiB of sources", "narrow the trial's globs"));
                }
                units.push(Unit { file: inside(&name), text });
            }
            if !met && (needed || !pattern.contains('*')) {
                let what = format!("no file {pattern} in it");
                return Err(self.wrong_at(
                    root,
                    what,
                    "name a complete source tree of a version that the trial knows",
                ));
            }
        }
        Ok(units)
    }

    /// A text of the tree, where a link may not lead out of it. Bytes that are not UTF-8 stand in comments and names; they
    /// become replacement characters in the base and in every variant alike.
    fn text(&self, root: &Path, path: &Path) -> Result<String, SourceError> {
        let failed = |what: String| self.wrong_at(path, what, "name a plain source tree that can be read");
        let bytes = crate::files::bytes_within(path, &[root, Path::new(STORE)], LARGEST).map_err(failed)?;
        Ok(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }
}

/// The value of a macro as a version: quotes dropped, digits and dots at its head.
fn defined(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("define")?;
        let rest = rest.trim_start().strip_prefix(name)?;
        rest.starts_with([' ', '\t']).then(|| rest.trim())
    })?;
    let digits = value.trim_start_matches(['"', '(']).chars().take_while(|c| c.is_ascii_digit() || *c == '.');
    let digits: String = digits.collect();
    (!digits.is_empty()).then_some(digits)
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_headers_write_them() {
        let text = "#define ZLIB_VERSION \"1.3.1.1-motley\"\n#define  BZ_VERSION  \"1.0.8, 13-Jul-2019\"\n\
            # define  MAJOR 12\n#define MAJOR_X 9\n#define ODD none\n";
        assert_eq!(defined(text, "ZLIB_VERSION").as_deref(), Some("1.3.1.1"));
        assert_eq!(defined(text, "BZ_VERSION").as_deref(), Some("1.0.8"));
        assert_eq!(defined(text, "MAJOR").as_deref(), Some("12"));
        assert_eq!((defined(text, "ODD"), defined(text, "GONE")), (None, None));
        assert!(numbers("1.10") > numbers("1.9.9") && numbers("1.3") < numbers("1.3.1"));
    }

    #[test]
    fn a_configuration_is_written_as_configure_would() {
        let of = |settings: &[(&str, Setting)]| {
            config_header(&settings.iter().map(|(n, s)| (n.to_string(), s.clone())).collect())
        };
        let text = Setting::Text("\"5.2\"".into());
        assert_eq!(
            of(&[
                ("A", Setting::Switch(true)),
                ("B", Setting::Switch(false)),
                ("C", Setting::Number(7)),
                ("D", text)
            ]),
            "#define A 1\n/* #undef B */\n#define C 7\n#define D \"5.2\"\n"
        );
    }
}

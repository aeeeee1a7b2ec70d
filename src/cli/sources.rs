//! `tune --source PACKAGE=DIR`: from a source tree to what is tuned.

use super::launchers::Launchers;
use super::named;
use super::output::Stop;
use hwtune::build::{SourceTree, fetched};
use hwtune::catalogue::Catalogue;
use hwtune::files::Workspace;
use hwtune::tune::Subject;
use std::path::{Path, PathBuf};

/// Reads `zlib=DIR`.
pub fn pair(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((package, place)) if !package.is_empty() && !place.is_empty() => {
            Ok((package.to_string(), PathBuf::from(place)))
        }
        _ => Err("write PACKAGE=DIR, zlib=./zlib-1.3.1".into()),
    }
}

/// The pairs of repeated options, each of which may hold several with commas: what follows a comma and names no package
/// belongs to the folder before.
pub fn pairs(words: &[String]) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let all = named::parted(words, |part| part.split_once('=').is_some_and(|(name, _)| is_name(name)));
    let read = |word: &String| pair(word).map_err(|e| Stop::usage(format!("--source {word}: {e}")).into());
    all.iter().map(read).collect()
}

/// A package through its own sources, under its base flags or those given. An archive is unpacked by a tar that the
/// first compiler's launcher starts.
pub fn subject(
    catalogue: &Catalogue,
    launchers: &Launchers,
    package: &str,
    place: &Path,
    base: Option<&[String]>,
) -> anyhow::Result<Subject> {
    let Some(trial) = catalogue.trials.get(package) else {
        let known: Vec<&str> =
            catalogue.trials.iter().filter(|(_, t)| t.build.is_some()).map(|(n, _)| n.as_str()).collect();
        let known = known.join(", ");
        return Err(Stop::usage(format!(
            "--source {package}: no trial says how it is built; there are those of {known}; describe yours in \
             {package}/trial.toml of a --probes folder"
        ))
        .into());
    };
    let workspace = Workspace::new()?;
    let launcher = match place.is_file() {
        true => launchers.first()?,
        false => None,
    };
    let tree = SourceTree::read(package, place, trial, &workspace, launcher.as_deref())?;
    let subject = Subject::package_trial(catalogue, package, trial, &tree);
    let mut subject = subject.ok_or_else(|| Stop::usage(format!("package {package}: unknown")))?;
    if let Some(base) = base {
        subject.base.compile = base.to_vec();
    }
    Ok(subject)
}

/// A package through the sources that `sources get` keeps, where there are some and a trial says how they are built.
pub fn kept(
    catalogue: &Catalogue,
    launchers: &Launchers,
    package: &str,
    base: Option<&[String]>,
) -> anyhow::Result<Option<Subject>> {
    if catalogue.trials.get(package).is_none_or(|t| t.build.is_none()) {
        return Ok(None);
    }
    let Some((about, place)) = fetched(package) else {
        launchers.note(&format!(
            "{package}: kernels stand for it; to measure the library itself, run `hwtune sources get {package}` first"
        ));
        return Ok(None);
    };
    let subject = subject(catalogue, launchers, package, &place, base)?;
    if !subject.sources.ends_with(&about.sha256) {
        return Err(Stop::usage(format!(
            "sources of {package}: not what was fetched; run `hwtune sources get {package}` again, or `hwtune sources remove {package}`"
        ))
        .into());
    }
    Ok(Some(subject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_stand_with_commas_or_apart_and_folders_may_have_commas() {
        let read = |words: &[&str]| pairs(&words.iter().map(|w| w.to_string()).collect::<Vec<_>>()).unwrap();
        assert_eq!(read(&["zlib=a,glibc=b"]), read(&["zlib=a", "glibc=b"]));
        assert_eq!(read(&["zlib=./a,b"]), [("zlib".to_string(), PathBuf::from("./a,b"))]);
        assert!(pairs(&["zlib".into()]).is_err());
    }
}

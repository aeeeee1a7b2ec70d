//! What a trial must say for it to be built and driven: each fault with its place and its remedy.

use super::error::{At, CatalogueError};
use super::error_bound;
use super::trial::{Operation, Trial};
use std::collections::BTreeSet;
use std::path::{Component, Path};

/// How a glob is written.
const GLOB: &str = "write a glob: * stands for any name, [ab] for one of some letters";

impl Trial {
    /// The first thing that is wrong with it.
    pub(super) fn check(&self, at: At<'_>) -> Result<(), CatalogueError> {
        let wrong = |key: &str, what: String, remedy: &str| {
            Err(CatalogueError::entry(at.key(key), key, what, remedy))
        };
        for (key, value) in [("title", &self.title), ("why", &self.why), ("source", &self.source)] {
            if value.trim().is_empty() {
                return wrong(key, "empty".into(), "say it in a few words");
            }
        }
        if !self.driver.ends_with(".c") {
            return wrong("driver", format!("`{}`", self.driver), "name a .c file beside trial.toml");
        }
        for file in std::iter::once(&self.driver).chain(&self.driver_headers) {
            if !plain(file) || file.contains('/') {
                return wrong("driver", format!("`{file}`"), "name a file beside trial.toml");
            }
        }
        if self.build.is_none() && self.library.is_empty() {
            let remedy =
                "add [build] to build it from source, or library = [\"NAME.so.1\"] to compare built ones";
            return wrong("title", "neither [build] nor library".into(), remedy);
        }
        let broken = |globs: &[&Vec<String>]| {
            let error =
                |glob: &String| glob::Pattern::new(glob).err().map(|e| format!("`{glob}`: {}", e.msg));
            globs.iter().copied().flatten().find_map(error)
        };
        if let Some(what) = broken(&[&self.reached]) {
            return wrong("reached", what, GLOB);
        }
        let mut sonames = self.library.iter().chain(self.operation.iter().map(|o| &o.library));
        if let Some(odd) = sonames.find(|name| name.contains(|c: char| c == '/' || c.is_whitespace())) {
            return wrong("library", format!("`{odd}`"), "give a SONAME without a folder: libmine.so.1");
        }
        self.check_operations(at)?;
        for operation in &self.operation {
            if let Err(what) = error_bound::named(&operation.bounds) {
                return wrong(
                    "bounds",
                    format!("operation {}: {what}", operation.name),
                    &error_bound::remedy(),
                );
            }
        }
        let Some(build) = &self.build else { return Ok(()) };
        let lists = [&build.sources, &build.leave_out, &build.headers, &build.include];
        let names = lists.into_iter().flatten().chain(build.config.keys()).chain(build.generated.keys());
        let version = self.version.iter().map(|v| &v.file);
        if let Some(odd) = names.chain(version).find(|name| !plain(name) && *name != ".") {
            return wrong("[build]", format!("`{odd}`"), "name paths below the source tree's root");
        }
        if let Some(what) = broken(&[&build.sources, &build.leave_out, &build.headers]) {
            return wrong("[build]", what, GLOB);
        }
        if build.sources.is_empty() {
            return wrong(
                "[build]",
                "no sources".into(),
                "list the library's C files, * stands for any name",
            );
        }
        let words = |d: &&String| {
            let name = d.split('=').next().unwrap_or_default();
            name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if let Some(odd) = build.defines.iter().find(words) {
            return wrong("defines", format!("`{odd}`"), "write NAME or NAME=VALUE");
        }
        Ok(())
    }

    fn check_operations(&self, at: At<'_>) -> Result<(), CatalogueError> {
        let wrong = |key: &str, what: String, remedy: &str| {
            Err(CatalogueError::entry(at.key(key), key, what, remedy))
        };
        let named = |names: Vec<&String>| {
            let mut seen = BTreeSet::new();
            let good =
                |n: &str| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
            names.into_iter().find(|n| !good(n) || !seen.insert(n.as_str())).cloned()
        };
        let remedy = "give each a name of its own from letters, digits, - and _";
        if let Some(odd) = named(self.datasets.iter().collect()) {
            return wrong("datasets", format!("`{odd}`"), remedy);
        }
        if self.datasets.len() < 3 {
            return wrong(
                "datasets",
                "fewer than three".into(),
                "name three or more kinds of data, so that no answer rests on one",
            );
        }
        if let Some(odd) = named(self.operation.iter().map(|o| &o.name).collect()) {
            return wrong("[[operation]]", format!("`{odd}`"), remedy);
        }
        let honest = |o: &&Operation| {
            !o.source.trim().is_empty()
                && if o.control { o.weight == 0.0 } else { o.weight > 0.0 && o.weight <= 1.0 }
        };
        if let Some(odd) = self.operation.iter().find(|o| !honest(o)) {
            let remedy = "give a share between 0 and 1 (a control has 0) and where it comes from";
            return wrong("[[operation]]", format!("{}: no honest weight", odd.name), remedy);
        }
        let sum: f64 = self.operation.iter().map(|o| o.weight).sum();
        if (sum - 1.0).abs() > 1e-6 {
            return wrong("[[operation]]", format!("the weights sum to {sum}"), "make them sum to 1");
        }
        self.operation
            .iter()
            .enumerate()
            .try_for_each(|(number, one)| check_shares(one, at.operation(number)))
    }
}

/// A relative path that stays where it is.
fn plain(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|c| matches!(c, Component::Normal(_)))
}

/// Checks an operation's shares; `at` is its entry.
fn check_shares(operation: &Operation, at: At<'_>) -> Result<(), CatalogueError> {
    let name = &operation.name;
    let wrong = |key: &str, what: String, remedy: &str| {
        Err(CatalogueError::entry(at.next(key), format!("operation {name}, {key}"), what, remedy))
    };
    let odd = operation.kernels.iter().find(|(_, share)| !(**share > 0.0 && **share <= 1.0));
    if let Some((kernel, share)) = odd {
        let remedy = "give its share of the operation's own time, above 0 and at most 1";
        return wrong("kernels", format!("{kernel} = {share}"), remedy);
    }
    let sum: f64 = operation.kernels.values().sum();
    if sum > 1.0 + 1e-6 {
        let remedy = "make them sum to at most 1: what no kernel stands for is left out";
        return wrong("kernels", format!("the shares sum to {sum:.4}"), remedy);
    }
    if operation.kernels.is_empty() != operation.kernels_source.trim().is_empty() {
        let remedy = "give kernels and their shares together with kernels_source, where these come from";
        let (key, what) = match operation.kernels.is_empty() {
            true => ("kernels_source", "a source of shares that are not there"),
            false => ("kernels", "shares without a source"),
        };
        return wrong(key, what.into(), remedy);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "title = \"t\"\nwhy = \"w\"\nsource = \"s\"\ndriver = \"drive.c\"\ndatasets = [\"a\", \"b\", \"c\"]\n\
        library = [\"libmine.so.2\"]\nreached = [\"*/sum.o\"]\n[build]\nsources = [\"*.c\"]\n[[operation]]\nname = \"one\"\n\
        library = \"libmore.so.1\"\nweight = 1.0\nsource = \"guess\"\n";

    /// What is said of the good trial with one part of it replaced.
    fn said(from: &str, to: &str) -> Result<(), String> {
        assert!(GOOD.contains(from));
        let text = GOOD.replacen(from, to, 1);
        let trial: Trial = toml::from_str(&text).unwrap();
        let at = At { place: "mine/trial.toml", text: &text, first_line: 1, offset: 0 };
        trial.check(at).map_err(|error| error.to_string())
    }

    #[test]
    fn each_fault_is_named_with_its_place_and_its_remedy() {
        assert_eq!(said("\"t\"", "\"t\""), Ok(()));
        for (from, to, words) in [
            ("*/sum.o", "*/sum[.o", ["reached: `*/sum[.o`", "write a glob"]),
            ("*/sum.o", "***/sum.o", ["reached: `***/sum.o`", "write a glob"]),
            ("*.c", "**c/*.c", ["[build]: `**c/*.c`", "write a glob"]),
            ("libmine.so.2", "lib/libmine.so.2", ["library: `lib/libmine.so.2`", "SONAME"]),
            ("libmore.so.1", "libmore .so.1", ["library: `libmore .so.1`", "SONAME"]),
            ("weight = 1.0", "weight = 0.5", ["the weights sum to 0.5", "make them sum to 1"]),
            ("drive.c", "../drive.c", ["driver: `../drive.c`", "beside trial.toml"]),
        ] {
            let error = said(from, to).unwrap_err();
            assert!(error.starts_with("mine/trial.toml, line"), "{error}");
            for word in words {
                assert!(error.contains(word), "{to}: {error}");
            }
        }
    }
}

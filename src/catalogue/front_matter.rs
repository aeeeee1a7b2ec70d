//! A kernel's first comment holds its front matter in TOML.

use super::error::{At, CatalogueError};
use super::flag::CodeKind;
use super::kernel::{Linkage, Role};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Opens the first comment of a kernel's file; TOML follows to the end of the comment.
const OPENING: &str = "/* hwtune:";

/// What the first comment of a kernel's file says of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FrontMatter {
    /// A few words for lists.
    pub title: String,
    /// Which code it is shaped like.
    pub stands_for: String,
    /// Where that code is.
    pub source: String,
    /// Names of the data sets in the order of `probe_dataset`.
    pub datasets: Vec<String>,
    /// Further C files under test.
    pub units: Vec<String>,
    /// C files that only prepare inputs.
    pub setup: Vec<String>,
    /// Headers those files include.
    pub headers: Vec<String>,
    /// What the kernel is for.
    pub role: Role,
    /// The field of everyday code that it belongs to.
    pub domain: String,
    /// What the code spends its time in.
    pub code: Vec<CodeKind>,
    /// Whether the code it stands for is part of a program or of a shared library.
    pub linkage: Linkage,
    /// What fused multiply-adds do to its results.
    pub contraction: String,
    /// Functions of `probes/bounds.toml` that it computes: their results are good to the size of an error and not to the bit.
    pub bounds: Vec<String>,
}

impl FrontMatter {
    /// Reads the front matter of a C file; `None` where its first comment holds none.
    pub fn read(place: &str, text: &str) -> Result<Option<FrontMatter>, CatalogueError> {
        let start = text.len() - text.trim_start_matches('\u{feff}').trim_start().len();
        let Some(rest) = text[start..].strip_prefix(OPENING) else {
            return Ok(None);
        };
        let first_line = 1 + text[..start].matches('\n').count();
        let Some(end) = rest.find("*/") else {
            let at = At { place, text, first_line: 1, offset: start };
            return Err(CatalogueError::entry(at, OPENING, "the comment does not end", "close it with */"));
        };
        let toml_text = &rest[..end];
        let at = At { place, text: toml_text, first_line, offset: 0 };
        let front: FrontMatter =
            toml::from_str(toml_text).map_err(|error| CatalogueError::toml(at, &error))?;
        front.check(at)?;
        Ok(Some(front))
    }

    fn check(&self, at: At<'_>) -> Result<(), CatalogueError> {
        let mut names = BTreeSet::new();
        for name in &self.datasets {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
            if name.is_empty() || !plain || !names.insert(name) {
                let remedy = "give each data set a name of its own from letters, digits, - and _";
                return Err(CatalogueError::entry(
                    at.key("datasets"),
                    "datasets",
                    format!("`{name}`"),
                    remedy,
                ));
            }
        }
        let mut files = BTreeSet::new();
        for (key, list) in [("units", &self.units), ("setup", &self.setup), ("headers", &self.headers)] {
            for file in list {
                if !files.insert(file) {
                    return Err(CatalogueError::entry(
                        at.key(key),
                        key,
                        format!("`{file}` twice"),
                        "name it once",
                    ));
                }
                if (key != "headers") != file.ends_with(".c") {
                    let remedy = "units and setup are .c files, headers are not";
                    return Err(CatalogueError::entry(at.key(key), key, format!("`{file}`"), remedy));
                }
            }
        }
        Ok(())
    }

    /// Holds a shipped kernel to what only a user's own may leave out.
    pub fn check_shipped(&self, at: At<'_>) -> Result<(), CatalogueError> {
        for (key, value) in
            [("title", &self.title), ("stands_for", &self.stands_for), ("source", &self.source)]
        {
            if value.trim().is_empty() {
                return Err(CatalogueError::entry(
                    at.key(key),
                    key,
                    "missing",
                    "add it to the first comment",
                ));
            }
        }
        if self.role == Role::Kernel && self.datasets.len() < 3 {
            let remedy = "name three or more kinds of data, so that no answer rests on one";
            return Err(CatalogueError::entry(at.key("datasets"), "datasets", "fewer than three", remedy));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        FrontMatter::read("k.c", text).unwrap_err().to_string()
    }

    #[test]
    fn a_file_without_front_matter_is_a_kernel_all_the_same() {
        assert_eq!(FrontMatter::read("k.c", "#include \"probe.h\"\n").unwrap(), None);
        assert_eq!(FrontMatter::read("k.c", "/* mine */\n/* hwtune:\n*/").unwrap(), None);
    }

    #[test]
    fn errors_name_the_line_of_the_file_and_the_key() {
        let wrong = message("\n/* hwtune:\ntitle = \"x\"\nunit = [\"a.c\"]\n*/\n");
        assert!(wrong.starts_with("k.c, line 4: at `unit = [\"a.c\"]`: unknown field `unit`"), "{wrong}");
        assert!(message("/* hwtune:\nunits = [\"a.h\"] */").contains("units: `a.h`"));
        assert!(message("/* hwtune:\nunits = [\"a.c\", \"a.c\"] */").contains("twice"));
        assert!(message("/* hwtune:\ndatasets = [\"a b\"] */").contains("datasets: `a b`"));
        assert!(message("/* hwtune:\ntitle = \"x\"\n").contains("does not end"));
    }
}

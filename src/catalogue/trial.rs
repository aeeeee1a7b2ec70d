//! Trials: how a package's own sources are built without its build system, and which operations of it are timed.

use super::error::{At, CatalogueError};
use super::error_bound::{self, ErrorBound};
use super::files::{Folder, embedded};
use super::kernel::{Kernel, Role, Unit};
use super::package::Weight;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file in a package's folder that describes its trial.
pub const TRIAL_FILE: &str = "trial.toml";

/// One operation of the package, timed as a kernel is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// `deflate-6`; the driver sees its place in the list as `TRIAL_OPERATION`.
    pub name: String,
    /// Its share of the package's time, 0 to 1; the shares sum to 1.
    pub weight: f64,
    /// Where the share comes from.
    pub source: String,
    /// Kernels of the package that stand for its parts, by their short names, and their shares of its own time, in (0, 1]
    /// and at most 1 together: the sum of their times, each by its share, should predict its own.
    #[serde(default)]
    pub kernels: BTreeMap<String, f64>,
    /// Where these shares come from.
    #[serde(default)]
    pub kernels_source: String,
    /// A negative control: flags cannot move it, and it has no weight.
    #[serde(default)]
    pub control: bool,
    /// Functions of `probes/bounds.toml` that it computes, in the order of the driver's `probe_values`.
    #[serde(default)]
    pub bounds: Vec<String>,
    /// SONAME of the library that does its work, where it is another than the package's first.
    #[serde(default)]
    pub library: String,
}

impl Operation {
    /// The functions whose contract is the size of an error.
    pub fn bounds(&self) -> Vec<ErrorBound> {
        error_bound::named(&self.bounds).unwrap_or_default()
    }
}

/// Where a source tree tells its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionRule {
    /// The file, from the tree's root.
    pub file: String,
    /// The macros that make it, joined by dots.
    pub define: Vec<String>,
    /// The first version that this trial builds.
    pub from: String,
    /// The first that it is not known to build; empty where any newer one may be tried.
    #[serde(default)]
    pub below: String,
}

/// A value of a generated configuration header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// `true` defines the macro as 1, `false` leaves it undefined.
    Switch(bool),
    /// A number.
    Number(i64),
    /// Any text, quotes included where the macro has them.
    Text(String),
}

/// How the library under test is built from its sources: all paths are relative to the tree's root.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BuildRule {
    /// C files of the library, as globs.
    pub sources: Vec<String>,
    /// Of them, those left out.
    pub leave_out: Vec<String>,
    /// Headers and whatever else the sources include, as globs.
    pub headers: Vec<String>,
    /// Include folders, in their order.
    pub include: Vec<String>,
    /// Macros, `NAME` or `NAME=VALUE`.
    pub defines: Vec<String>,
    /// Headers that the package's build would generate: macros and their values.
    pub config: BTreeMap<String, BTreeMap<String, Setting>>,
    /// Files that the package's build would generate, whole.
    pub generated: BTreeMap<String, String>,
    /// The base flags of the trial, where they differ from the package's.
    pub base: Option<Vec<String>>,
}

/// A trial as `PACKAGE/trial.toml` says it, with its driver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// A few words for lists.
    pub title: String,
    /// Why it is built so.
    pub why: String,
    /// Where that is read.
    pub source: String,
    /// The C file that drives the operations: `probe_setup`, `probe_run`, `probe_dataset`.
    pub driver: String,
    /// Headers of the driver, beside it.
    #[serde(default)]
    pub driver_headers: Vec<String>,
    /// Names of the data sets in the order of `probe_dataset`.
    pub datasets: Vec<String>,
    /// SONAMEs of the built library that `compare` takes, the usual one first; empty where it cannot be compared.
    #[serde(default)]
    pub library: Vec<String>,
    /// True for a C library, which only runs under its own loader.
    #[serde(default)]
    pub own_loader: bool,
    /// Of a library too large to be rebuilt for each candidate: the ends of the paths of the objects that the operations spend
    /// their time in, as globs. A recorded build is replayed for these alone.
    #[serde(default)]
    pub reached: Vec<String>,
    /// The domain of everyday code that its operations belong to; empty where there is none.
    #[serde(default)]
    pub domain: String,
    /// Where its version is stated.
    #[serde(default)]
    pub version: Option<VersionRule>,
    /// How it is built; `None` where only built libraries can be compared.
    #[serde(default)]
    pub build: Option<BuildRule>,
    /// The operations.
    pub operation: Vec<Operation>,
    /// The driver's text and its headers'.
    #[serde(skip)]
    pub files: Vec<Unit>,
}

impl Trial {
    /// Reads a package's trial from a folder; `None` where it has none.
    pub(crate) fn read(folder: &Folder, package: &str) -> Result<Option<Trial>, CatalogueError> {
        let path = format!("{package}/{TRIAL_FILE}");
        let Some(text) = folder.read(&path)? else { return Ok(None) };
        let place = folder.place(&path);
        let at = At { place: &place, text: &text, first_line: 1, offset: 0 };
        let mut trial: Trial = toml::from_str(&text).map_err(|error| CatalogueError::toml(at, &error))?;
        trial.check(at)?;
        for file in std::iter::once(&trial.driver).chain(&trial.driver_headers) {
            // Headers that several drivers share are shipped beside probe.h.
            let shared = || embedded(file).filter(|_| file.ends_with(".h")).map(str::to_string);
            let text = folder.read(&format!("{package}/{file}"))?.or_else(shared);
            let text = text.ok_or_else(|| {
                let remedy = "put the file beside trial.toml";
                CatalogueError::entry(at.key("driver"), "driver", format!("`{file}` is not there"), remedy)
            })?;
            trial.files.push(Unit { file: file.clone(), text });
        }
        Ok(Some(trial))
    }

    /// The driver of an operation, selected by a macro ahead of its text.
    pub fn driver_unit(&self, operation: usize) -> Unit {
        let text = self.files.first().map_or("", |unit| unit.text.as_str());
        let file = &self.driver;
        let text = format!("#define TRIAL_OPERATION {operation}\n#line 1 \"{file}\"\n{text}");
        Unit { file: file.clone(), text }
    }

    /// The shares of the operations that are no control, by their names.
    pub fn weights(&self) -> BTreeMap<String, Weight> {
        let counted = self.operation.iter().filter(|o| !o.control);
        counted.map(|o| (o.name.clone(), Weight { weight: o.weight, source: o.source.clone() })).collect()
    }

    /// An operation's driver as a kernel, for a library that is linked by itself.
    pub fn driver_kernel(&self, package: &str, at: usize) -> Kernel {
        let operation = &self.operation[at];
        Kernel {
            package: Some(package.into()),
            title: self.title.clone(),
            role: if operation.control { Role::NegativeControl } else { Role::Kernel },
            stands_for: format!("{package} itself"),
            bounds: operation.bounds(),
            source: self.source.clone(),
            datasets: self.datasets.clone(),
            units: vec![self.driver_unit(at)],
            headers: self.driver_header_units().to_vec(),
            ..Kernel::named(&format!("{package}/{}", operation.name))
        }
    }

    /// The operations whose work is done by the library of a SONAME, by their places.
    pub fn operations_of(&self, soname: &str) -> Vec<usize> {
        let first = self.library.first().map_or("", String::as_str);
        let own = |o: &Operation| if o.library.is_empty() { first == soname } else { o.library == soname };
        (0..self.operation.len()).filter(|at| own(&self.operation[*at])).collect()
    }

    /// Headers of the driver.
    pub fn driver_header_units(&self) -> &[Unit] {
        self.files.get(1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;

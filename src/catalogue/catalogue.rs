//! The catalogue holds everything that `probes/` and a user's own folder state.

use super::error::{At, CatalogueError};
use super::files::{Folder, read_beside, read_text};
use super::flag::Values;
use super::flag::{Flag, Risk};
use super::front_matter::FrontMatter;
use super::kernel::{Kernel, Unit};
use super::package::{FlagRule, Package};
use super::pattern::canonical;
use super::policy::Policy;
use super::risk::{self, RiskRule};
use super::trial::{TRIAL_FILE, Trial};
use super::{check, error_bound, form};
use crate::files::Own;
use crate::text::place;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;

/// Everything that `probes/` and a user's own folder say.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    /// Flags, sorted by name.
    pub flags: Vec<Flag>,
    /// Kernels, sorted by name.
    pub kernels: Vec<Kernel>,
    /// Packages by name.
    pub packages: BTreeMap<String, Package>,
    /// How packages are built from their own sources and timed, by package.
    pub trials: BTreeMap<String, Trial>,
    /// Flags that no package is given, whatever its own rules say.
    pub refused_everywhere: Vec<FlagRule>,
    /// Values worth trying for options that take one, sorted by option.
    pub values: Vec<Values>,
    /// `support.c`: inputs and hash, built with the base flags into every kernel.
    pub support: Unit,
    /// `probe.h`.
    pub probe_h: Unit,
    /// `runner.c`: the process that measures, and that starts compilers.
    pub runner: Unit,
    /// What it includes.
    pub runner_headers: Vec<Unit>,
    /// `lockstep.c`: one of two such processes, each with its own C library.
    pub lockstep: Unit,
}

/// What `runner.c` includes, beside it in `probes/`.
pub const RUNNER_HEADERS: [&str; 4] = ["answer.h", "build.h", "launcher.h", "sandbox.h"];

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FlagsFile {
    #[serde(default)]
    flag: Vec<Spanned<Flag>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ValuesFile {
    #[serde(default)]
    option: Vec<Spanned<Values>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct PackagesFile {
    #[serde(default)]
    refused_everywhere: Vec<Spanned<FlagRule>>,
    #[serde(default)]
    package: BTreeMap<String, Spanned<Package>>,
}

impl Catalogue {
    /// Reads and checks the embedded tables and kernels and, after them, those of the user's folder `extra`: `flags.toml`,
    /// `values.toml`, `packages.toml`, `PACKAGE/*.c` and `PACKAGE/trial.toml`, each optional. Errors name file, line, key and remedy.
    pub fn load(extra: Option<&Path>) -> Result<Catalogue, CatalogueError> {
        let mut catalogue = Catalogue {
            flags: Vec::new(),
            kernels: Vec::new(),
            packages: BTreeMap::new(),
            trials: BTreeMap::new(),
            refused_everywhere: Vec::new(),
            values: Vec::new(),
            support: shared("support.c")?,
            probe_h: shared("probe.h")?,
            runner: shared("runner.c")?,
            runner_headers: RUNNER_HEADERS.iter().map(|h| shared(h)).collect::<Result<_, _>>()?,
            lockstep: shared("lockstep.c")?,
        };
        catalogue.add(&Folder::Embedded)?;
        match extra {
            Some(root) => catalogue.extended(root),
            None => catalogue.whole(),
        }
    }

    /// The same and what a user's folder holds.
    pub fn extended(mut self, root: &Path) -> Result<Catalogue, CatalogueError> {
        if !root.is_dir() {
            let remedy = "name the folder that holds flags.toml";
            return Err(CatalogueError::file(&place(root), "not a folder", remedy));
        }
        self.add(&Folder::User(Own::new(root)))?;
        self.whole()
    }

    /// Checks what needs all of it, and sorts.
    fn whole(mut self) -> Result<Catalogue, CatalogueError> {
        check::whole(&self)?;
        self.flags.sort_by(|a, b| a.name.cmp(&b.name));
        self.values.sort_by(|a, b| a.option.cmp(&b.option));
        self.kernels.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(self)
    }

    fn add(&mut self, folder: &Folder) -> Result<(), CatalogueError> {
        let text = folder.read("flags.toml")?.unwrap_or_default();
        let place = folder.place("flags.toml");
        let rows: FlagsFile = parse(&place, &text)?;
        check::flags(&place, &text, &rows.flag, &self.flags)?;
        self.flags.extend(rows.flag.into_iter().map(Spanned::into_inner));

        let text = folder.read("values.toml")?.unwrap_or_default();
        let place = folder.place("values.toml");
        let rows: ValuesFile = parse(&place, &text)?;
        check::values(&place, &text, &rows.option, &self.values)?;
        self.values.extend(rows.option.into_iter().map(Spanned::into_inner));

        let text = folder.read("packages.toml")?.unwrap_or_default();
        let place = folder.place("packages.toml");
        let rows: PackagesFile = parse(&place, &text)?;
        let trials = self.read_trials(folder, &rows.package)?;
        let kernels = self.read_kernels(folder, &rows.package, &trials)?;
        check::packages(&place, &text, &rows.package, &self.packages, &kernels)?;
        check::rules(&place, &text, &rows.refused_everywhere)?;
        self.refused_everywhere.extend(rows.refused_everywhere.into_iter().map(Spanned::into_inner));
        self.packages.extend(rows.package.into_iter().map(|(name, row)| (name, row.into_inner())));
        check::trials(folder, &trials, &kernels)?;
        self.kernels.extend(kernels);
        self.trials.extend(trials);
        Ok(())
    }

    /// Trials of a folder. A package may be one that the catalogue has already, if it has no trial yet.
    fn read_trials(
        &self,
        folder: &Folder,
        packages: &BTreeMap<String, Spanned<Package>>,
    ) -> Result<BTreeMap<String, Trial>, CatalogueError> {
        let mut trials = BTreeMap::new();
        for package in folder.folders()? {
            let Some(trial) = Trial::read(folder, &package)? else { continue };
            let place = folder.place(&format!("{package}/{TRIAL_FILE}"));
            if !packages.contains_key(&package) && !self.packages.contains_key(&package) {
                let remedy = "add [package.NAME] to packages.toml or rename the folder";
                return Err(CatalogueError::file(&place, "no package has this name", remedy));
            }
            if self.trials.contains_key(&package) {
                let remedy = "give the package another name";
                return Err(CatalogueError::file(&place, "the catalogue has a trial of it already", remedy));
            }
            trials.insert(package, trial);
        }
        Ok(trials)
    }

    fn read_kernels(
        &self,
        folder: &Folder,
        packages: &BTreeMap<String, Spanned<Package>>,
        trials: &BTreeMap<String, Trial>,
    ) -> Result<Vec<Kernel>, CatalogueError> {
        let mut kernels = Vec::new();
        for package in folder.folders()? {
            let mut sources = folder.sources(&package)?;
            let driver = trials.get(&package).map(|t| t.driver.clone());
            sources.retain(|s| Some(s) != driver.as_ref());
            if sources.is_empty() {
                continue;
            }
            let place = folder.place(&package);
            if !packages.contains_key(&package) {
                let remedy = "add [package.NAME] to packages.toml or move its C files";
                return Err(CatalogueError::file(&place, "no package has this name", remedy));
            }
            let mut used = Vec::new();
            for source in &sources {
                let path = format!("{package}/{source}");
                let text = folder.read(&path)?.unwrap_or_default();
                let place = folder.place(&path);
                let Some(front) = FrontMatter::read(&place, &text)? else { continue };
                front.check_shipped(At { place: &place, text: &text, first_line: 1, offset: 0 })?;
                let files = front.units.iter().chain(&front.setup).chain(&front.headers);
                used.extend(files.cloned().chain([source.clone()]));
                let name = format!("{package}/{}", source.trim_end_matches(".c"));
                let own = Unit { file: source.clone(), text };
                kernels.push(assemble(name, Some(package.clone()), own, front, &place, |file| {
                    let beside = || format!("`{file}` is not beside the kernel");
                    match folder {
                        Folder::Embedded => {
                            let text = folder.read(&format!("{package}/{file}")).ok().flatten();
                            Ok(Unit { file: file.to_string(), text: text.ok_or_else(beside)? })
                        }
                        Folder::User(own) => read_beside(own, &package, file),
                    }
                })?);
            }
            if let Some(orphan) = sources.iter().find(|source| !used.contains(source)) {
                let place = folder.place(&format!("{package}/{orphan}"));
                let remedy = "open it with a /* hwtune: comment, or name it in a kernel's units";
                return Err(CatalogueError::file(&place, "neither a kernel nor a unit of one", remedy));
            }
        }
        Ok(kernels)
    }

    /// What an option may break, with the reason; `None` where nothing is known of it. A row of the catalogue answers
    /// first, then the rules for whole families of options. Of several words the gravest decides, and each must be known.
    pub fn risk(&self, option: &str) -> Option<(Risk, &str)> {
        let row = |name: &str| self.flags.iter().find(|f| f.name == name).map(|f| (f.risk, f.why.as_str()));
        row(option).or_else(|| {
            let option = canonical(option);
            let each = option.split(' ').map(|word| row(word).or_else(|| risk::by_rule(word)));
            each.collect::<Option<Vec<_>>>()?.into_iter().max_by_key(|(risk, _)| *risk)
        })
    }

    /// The rule for the family of options to which one belongs, with its source.
    pub fn family(option: &str) -> Option<&'static RiskRule> {
        risk::rule(option)
    }

    /// Whether a text may be given to a compiler as a flag at all, whoever lists it. Errors say why not.
    pub fn grammar(flag: &str) -> Result<(), String> {
        form::check(flag)
    }

    /// Whether a flag may be written into the build of a package of this catalogue.
    pub fn policy(&self, package: &Package, flag: &str) -> Policy {
        package.policy(
            flag,
            self.risk(flag).map(|(risk, why)| (risk, why.to_string())),
            &self.refused_everywhere,
        )
    }

    /// The same in a run that is allowed some classes of risk.
    pub fn policy_allowing(&self, package: &Package, flag: &str, allowed: &[Risk]) -> Policy {
        match self.risk(flag) {
            Some((risk, why)) if allowed.contains(&risk) => {
                package.policy_at_own_risk(flag, why, &self.refused_everywhere)
            }
            _ => self.policy(package, flag),
        }
    }
}

/// What is wrong with the text of one of the tables of a user's folder (`flags.toml`, `values.toml`, `packages.toml`), taken
/// by itself.
pub fn check_table(file: &str, text: &str) -> Result<(), CatalogueError> {
    match file {
        "flags.toml" => check::flags(file, text, &parse::<FlagsFile>(file, text)?.flag, &[]),
        "values.toml" => check::values(file, text, &parse::<ValuesFile>(file, text)?.option, &[]),
        _ => {
            let rows: PackagesFile = parse(file, text)?;
            check::packages(file, text, &rows.package, &BTreeMap::new(), &[])?;
            check::rules(file, text, &rows.refused_everywhere)
        }
    }
}

/// The kernel that the text of one C file makes; the files that it names are not there.
pub fn kernel_text(file: &str, text: &str) -> Result<Kernel, CatalogueError> {
    let front = FrontMatter::read(file, text)?.unwrap_or_default();
    let own = Unit { file: file.to_string(), text: text.to_string() };
    assemble(file.trim_end_matches(".c").into(), None, own, front, file, |_| Err("not there".into()))
}

/// A user's own kernel: a C file with `probe_setup` and `probe_run`, and front matter if it likes. The files that names
/// lie in its own folder.
pub fn user_kernel(path: &Path) -> Result<Kernel, CatalogueError> {
    let place = place(path);
    let text = read_text(path)?;
    let front = FrontMatter::read(&place, &text)?.unwrap_or_default();
    let part =
        |part: Option<&std::ffi::OsStr>| part.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    let own = Unit { file: part(path.file_name()), text };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let files = Own::new(folder);
    assemble(part(path.file_stem()), None, own, front, &place, |file| read_beside(&files, "", file))
}

fn assemble(
    name: String,
    package: Option<String>,
    own: Unit,
    front: FrontMatter,
    place: &str,
    read: impl Fn(&str) -> Result<Unit, String>,
) -> Result<Kernel, CatalogueError> {
    let text = own.text.clone();
    let gather = |key: &str, files: &[String]| -> Result<Vec<Unit>, CatalogueError> {
        let at = At { place, text: &text, first_line: 1, offset: 0 }.key(key);
        let remedy = "put the file beside the kernel and name it without a folder that leads elsewhere";
        let unit = |file: &String| read(file).map_err(|what| CatalogueError::entry(at, key, what, remedy));
        files.iter().map(unit).collect()
    };
    let units = gather("units", &front.units)?;
    let at = At { place, text: &text, first_line: 1, offset: 0 }.key("bounds");
    let bounds = error_bound::named(&front.bounds)
        .map_err(|what| CatalogueError::entry(at, "bounds", what, &error_bound::remedy()))?;
    if !bounds.is_empty() && !text.contains("probe_values") {
        let remedy = "define it as probe.h says, or leave out bounds";
        return Err(CatalogueError::entry(at, "bounds", "without probe_values", remedy));
    }
    Ok(Kernel {
        bounds,
        setup: gather("setup", &front.setup)?,
        headers: gather("headers", &front.headers)?,
        units: std::iter::once(own).chain(units).collect(),
        title: if front.title.is_empty() { name.clone() } else { front.title },
        stands_for: front.stands_for,
        source: front.source,
        datasets: if front.datasets.is_empty() { vec!["default".to_string()] } else { front.datasets },
        role: front.role,
        domain: front.domain,
        code: front.code,
        linkage: front.linkage,
        contraction: front.contraction,
        package,
        name,
    })
}

fn shared(file: &str) -> Result<Unit, CatalogueError> {
    let text = Folder::Embedded.read(file)?;
    let text = text.ok_or_else(|| CatalogueError::file(file, "not embedded", "build hwtune again"))?;
    Ok(Unit { file: file.to_string(), text })
}

fn parse<T: serde::de::DeserializeOwned>(place: &str, text: &str) -> Result<T, CatalogueError> {
    let at = At { place, text, first_line: 1, offset: 0 };
    toml::from_str(text).map_err(|error| CatalogueError::toml(at, &error))
}

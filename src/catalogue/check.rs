//! These checks find rows of the tables that are wrong or contradict each other.

use super::catalogue::Catalogue;
use super::error::{At, CatalogueError};
use super::files::Folder;
use super::flag::Flag;
use super::flag::Values;
use super::form;
use super::kernel::{Kernel, Role};
use super::package::{FlagRule, Package};
use super::risk;
use super::trial::{TRIAL_FILE, Trial};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

type Checked = Result<(), CatalogueError>;

/// Says what is wrong with a row of the file at hand.
struct File<'a> {
    place: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn wrong<T>(
        &self,
        row: &Spanned<T>,
        key: impl ToString,
        what: impl ToString,
        remedy: &str,
    ) -> CatalogueError {
        let at = At { place: self.place, text: self.text, first_line: 1, offset: row.span().start };
        CatalogueError::entry(at, key, what, remedy)
    }

    fn prose<T>(&self, row: &Spanned<T>, name: &str, why: &str, source: &str) -> Checked {
        for (key, text) in [("why", why), ("source", source)] {
            if text.trim().is_empty() {
                let key = format!("{name}, {key}");
                return Err(self.wrong(row, key, "empty", "say it in one sentence"));
            }
        }
        Ok(())
    }

    /// Rows of one file are in the order of their names, and no name is taken twice.
    fn order<T>(&self, rows: &[Spanned<T>], name: impl Fn(&T) -> &str, taken: BTreeSet<&str>) -> Checked {
        for row in rows {
            let own = name(row.as_ref());
            if taken.contains(own) {
                return Err(self.wrong(row, own, "is in the catalogue already", "remove this row"));
            }
        }
        for pair in rows.windows(2) {
            let (first, second) = (name(pair[0].as_ref()), name(pair[1].as_ref()));
            if first == second {
                return Err(self.wrong(&pair[1], second, "twice", "keep one of the rows"));
            }
            if first > second {
                let what = format!("stands after `{first}`");
                return Err(self.wrong(&pair[1], second, what, "sort the rows by name, byte by byte"));
            }
        }
        Ok(())
    }
}

/// Rows of `flags.toml`: sorted, no name twice, of a form that may be tried, and no bolder than the rules.
pub(super) fn flags(place: &str, text: &str, rows: &[Spanned<Flag>], before: &[Flag]) -> Checked {
    let file = File { place, text };
    file.order(rows, |flag| &flag.name, before.iter().map(|flag| flag.name.as_str()).collect())?;
    for row in rows {
        let flag = row.as_ref();
        file.prose(row, &flag.name, &flag.why, &flag.source)?;
        if flag.compilers.is_empty() || flag.compilers.iter().any(|c| c != "gcc" && c != "clang") {
            let key = format!("{}, compilers", flag.name);
            return Err(file.wrong(row, key, "neither gcc nor clang", "name gcc, clang or both"));
        }
        let plain = flag.name.replace("{march}", "skylake").replace("{mtune}", "skylake");
        form::check(&plain).map_err(|why| file.wrong(row, &flag.name, why, "remove the row"))?;
        if let Some((risk, why)) = risk::by_rule(&plain)
            && !risk.candidate()
            && flag.risk.candidate()
        {
            let what = format!("risk `{}` where the rules say `{}`: {why}", flag.risk.name(), risk.name());
            return Err(file.wrong(row, &flag.name, what, "correct the row's risk"));
        }
    }
    Ok(())
}

/// Rows of `values.toml`: sorted, each option ends in `=`, each whole flag of a form that may be tried.
pub(super) fn values(place: &str, text: &str, rows: &[Spanned<Values>], before: &[Values]) -> Checked {
    let file = File { place, text };
    file.order(rows, |row| &row.option, before.iter().map(|row| row.option.as_str()).collect())?;
    for row in rows {
        let Values { option, values, why, source } = row.as_ref();
        file.prose(row, option, why, source)?;
        if !option.ends_with('=') || values.is_empty() {
            let remedy = "end the option in = and list one value or more";
            return Err(file.wrong(row, option, "no option with values", remedy));
        }
        for value in values {
            let flag = format!("{option}{value}");
            form::check(&flag).map_err(|why| file.wrong(row, &flag, why, "remove the value"))?;
        }
    }
    Ok(())
}

/// A list of rules: each pattern once, each with its reason.
pub(super) fn rules(place: &str, text: &str, rows: &[Spanned<FlagRule>]) -> Checked {
    let file = File { place, text };
    for row in rows {
        file.prose(row, &row.as_ref().flag, &row.as_ref().why, "stated by the file")?;
    }
    Ok(())
}

/// Packages of one `packages.toml` and the kernels of the same folder: each kernel has a weight, each weight a kernel,
/// the weights sum to 1.
pub(super) fn packages(
    place: &str,
    text: &str,
    rows: &BTreeMap<String, Spanned<Package>>,
    before: &BTreeMap<String, Package>,
    kernels: &[Kernel],
) -> Checked {
    let file = File { place, text };
    let mut last = 0;
    for (name, row) in rows {
        let package = row.as_ref();
        if before.contains_key(name) {
            return Err(file.wrong(
                row,
                name,
                "is in the catalogue already",
                "give the package another name",
            ));
        }
        if row.span().start < last {
            return Err(file.wrong(row, name, "out of order", "sort the packages by name"));
        }
        last = row.span().start;
        file.prose(row, name, &package.why, &package.source)?;
        let of_package = |k: &&Kernel| k.package.as_deref() == Some(name.as_str());
        let short = |k: &Kernel| k.name.rsplit('/').next().unwrap_or_default().to_string();
        for kernel in kernels.iter().filter(of_package) {
            let weight = package.kernels.get(&short(kernel));
            let key = format!("{name}, kernels.{}", short(kernel));
            match (kernel.role, weight) {
                (Role::Kernel, None) => {
                    return Err(file.wrong(row, key, "no weight", "give the kernel its share of the time"));
                }
                (Role::NegativeControl, Some(_)) => {
                    let remedy = "remove the weight: flags cannot move a negative control";
                    return Err(file.wrong(row, key, "a weight", remedy));
                }
                _ => {}
            }
        }
        for (kernel, weight) in &package.kernels {
            let key = format!("{name}, kernels.{kernel}");
            if !kernels.iter().filter(of_package).any(|k| short(k) == *kernel) {
                let remedy = "write the kernel's C file or remove its weight";
                return Err(file.wrong(row, key, "no such kernel", remedy));
            }
            if !(weight.weight > 0.0 && weight.weight <= 1.0) || weight.source.trim().is_empty() {
                let remedy = "give a share between 0 and 1 and where it comes from";
                return Err(file.wrong(row, key, "no honest weight", remedy));
            }
        }
        let sum: f64 = package.kernels.values().map(|w| w.weight).sum();
        if !package.kernels.is_empty() && (sum - 1.0).abs() > 1e-6 {
            let what = format!("the weights sum to {sum}");
            return Err(file.wrong(row, format!("{name}, kernels"), what, "make them sum to 1"));
        }
        for rule in package.allowed.iter().chain(&package.opt_in).chain(&package.refused) {
            file.prose(row, &format!("{name}, {}", rule.flag), &rule.why, "stated by the package")?;
        }
    }
    Ok(())
}

/// Operations of trials name kernels of their package.
pub(super) fn trials(folder: &Folder, trials: &BTreeMap<String, Trial>, kernels: &[Kernel]) -> Checked {
    for (package, trial) in trials {
        for (operation, kernel) in trial.operation.iter().flat_map(|o| o.kernels.keys().map(move |k| (o, k)))
        {
            if !kernels.iter().any(|k| k.name == format!("{package}/{kernel}")) {
                let place = folder.place(&format!("{package}/{TRIAL_FILE}"));
                let what =
                    format!("operation {} names the kernel `{kernel}`, which is not there", operation.name);
                return Err(CatalogueError::file(&place, what, "name kernels by their files, without .c"));
            }
        }
    }
    Ok(())
}

/// What can only be checked once everything is there: `needs` and `conflicts` name known flags.
pub(super) fn whole(catalogue: &Catalogue) -> Checked {
    for flag in &catalogue.flags {
        for (key, names) in [("needs", &flag.needs), ("conflicts", &flag.conflicts)] {
            if let Some(unknown) = names.iter().find(|name| catalogue.risk(name).is_none()) {
                let what = format!("{key} names `{unknown}`, which no row or rule knows");
                let remedy = "correct the name or add a row for it";
                return Err(CatalogueError::file(&format!("flags.toml, {}", flag.name), what, remedy));
            }
        }
    }
    Ok(())
}

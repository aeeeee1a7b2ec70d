//! `tune`: from its arguments to what is tuned, and to the risks that are allowed.

use super::launchers::Launchers;
use super::output::Stop;
use super::tune_args::Args;
use super::{named, sources};
use hwtune::catalogue::{Catalogue, Risk, user_kernel};
use hwtune::tune::Subject;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Tuned where neither a package nor a kernel is named.
const DEFAULT_PACKAGES: [&str; 3] = ["host", "glibc", "zlib"];

/// The classes of risk among what is allowed.
pub fn classes(allow: &[String]) -> anyhow::Result<Vec<Risk>> {
    let mut classes = Vec::new();
    for word in allow.iter().filter(|word| !word.contains(':')) {
        let class = Risk::REFUSED.into_iter().find(|risk| risk.name() == word).ok_or_else(|| {
            let names = Risk::REFUSED.map(Risk::name).join(", ");
            Stop::usage(format!("--allow {word:?}: neither PACKAGE:FLAG nor a class of risk: {names}"))
        })?;
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    Ok(classes)
}

/// What is tuned, in the order asked for: packages, then kernels.
pub fn subjects(args: &Args, catalogue: &Catalogue, launchers: &Launchers) -> anyhow::Result<Vec<Subject>> {
    let base = match &args.base {
        Some(text) => {
            Some(shlex::split(text).ok_or_else(|| Stop::usage(format!("--base {text:?}: a quote is open")))?)
        }
        None => None,
    };
    if let Some(odd) = base.iter().flatten().find(|f| !f.starts_with('-')) {
        return Err(Stop::usage(format!("--base: {odd:?} is no flag; flags begin with a dash")).into());
    }
    base.iter().flatten().try_for_each(|word| named::measurable(word))?;
    let (words, mut files) = named::subjects(&args.what);
    files.splice(0..0, named::files(&args.kernel));
    let sources = sources::pairs(&args.source)?;
    let from_source = sources.iter().map(|(package, _)| package);
    let names_asked: Vec<&String> = words.iter().chain(&args.package).chain(from_source).collect();
    let mut names = named::list(names_asked);
    if names.is_empty() && files.is_empty() {
        names = DEFAULT_PACKAGES.map(String::from).to_vec();
    }
    let mut subjects = Vec::new();
    for name in names {
        let known: Vec<&str> = catalogue.packages.keys().map(String::as_str).collect();
        if let Some((_, place)) = sources.iter().find(|(package, _)| *package == name) {
            subjects.push(sources::subject(catalogue, launchers, &name, place, base.as_deref())?);
            continue;
        }
        if let Some(subject) = sources::kept(catalogue, launchers, &name, base.as_deref())? {
            subjects.push(subject);
            continue;
        }
        let mut subject = Subject::package(catalogue, &name).ok_or_else(|| {
            let meant = hwtune::text::meant(&name, known.iter().copied());
            Stop::usage(format!("package {name}: unknown{meant}; known are {}", known.join(", ")))
        })?;
        if subject.kernels.is_empty() {
            let with: Vec<&str> = known
                .iter()
                .copied()
                .filter(|p| catalogue.kernels.iter().any(|k| k.package.as_deref() == Some(p)))
                .collect();
            let also = match catalogue.trials.contains_key(&name) {
                true => format!("give its sources with --source {name}=DIR, or tune"),
                false => "tune".into(),
            };
            let with = with.join(", ");
            return Err(Stop::usage(format!("package {name}: has no kernels; {also} one of {with}")).into());
        }
        if let Some(base) = &base {
            subject.base.compile = base.clone();
        }
        subjects.push(subject);
    }
    let mut by_name: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in &files {
        named::is_c(file)?;
        let kernel = user_kernel(file)?;
        hwtune::files::allow_reading(file);
        let other = by_name.insert(kernel.name.clone(), file.clone());
        if other.as_ref() == Some(file) {
            continue;
        }
        if let Some(other) = other {
            let (one, two) = (hwtune::text::place(&other), hwtune::text::place(file));
            let what = format!(
                "two kernels are called {}: {one} and {two}; rename one, since a profile has one section a name",
                kernel.name
            );
            return Err(Stop::usage(what).into());
        }
        let base = base.clone().unwrap_or_else(|| vec!["-O2".into()]);
        subjects.push(Subject::kernel(kernel, &base));
    }
    Ok(subjects)
}

//! This module checks that a program of the new system maps the libraries that were built for this host.

use super::calls;
use super::mapped::{Libraries, Program};
use super::state::{Baseline, Check, Outcome, Plan};
use super::system::System;
use std::path::Path;

/// The libraries of the program that got another zlib than before, else of the first that maps any. The error says why no
/// program of the plan could be looked at.
pub fn tuned(programs: &[Program], before: &Libraries) -> Result<Libraries, String> {
    let known = || programs.iter().filter_map(|p| p.found.as_ref().ok());
    let zlib = || known().filter(|l| !l.libz.is_empty());
    let best = zlib().find(|l| l.libz != before.libz).or(zlib().next()).or(known().next());
    best.cloned().ok_or_else(|| {
        let whys = programs.iter().filter_map(|p| Some(format!("{}: {}", p.name, p.found.as_ref().err()?)));
        whys.collect::<Vec<_>>().join(", ")
    })
}

/// Programs of the plan that do not map the libraries which were looked at.
pub fn others(programs: &[Program], looked_at: Option<&Libraries>) -> Vec<Check> {
    let note = |program: &Program| {
        let text = match &program.found {
            Ok(found) if looked_at.is_some_and(|l| l.libz == found.libz) => return None,
            Ok(found) if found.libz.is_empty() => "maps no zlib: it does not take one as an argument".into(),
            Ok(found) => format!("maps {}: it does not take the library as an argument", found.libz),
            Err(why) => format!("not looked at: {why}"),
        };
        Some(Check { what: program.name.clone(), outcome: Outcome::Note, text })
    };
    programs.iter().filter_map(note).collect()
}

/// One check a library.
pub fn check(
    system: &dyn System,
    before: &Baseline,
    plan: Option<&Plan>,
    closure: Result<&[String], &str>,
    now: Result<&Libraries, &str>,
) -> Vec<Check> {
    let now = match now {
        Ok(now) => now,
        Err(why) => {
            let text = format!("not checked: no program of this system could be looked at: {why}");
            return vec![Check { what: "libraries".into(), outcome: Outcome::Note, text }];
        }
    };
    let pairs = [
        ("libc", "glibc", &before.libraries.libc, &now.libc),
        ("libz", "zlib", &before.libraries.libz, &now.libz),
    ];
    let row = |(what, package, old, new): (&str, &str, &String, &String)| {
        let (outcome, text) = library(system, package, old, new, plan, closure);
        Check { what: what.into(), outcome, text }
    };
    pairs.into_iter().map(row).collect()
}

fn library(
    system: &dyn System,
    package: &str,
    old: &str,
    new: &str,
    plan: Option<&Plan>,
    closure: Result<&[String], &str>,
) -> (Outcome, String) {
    let wanted = plan.and_then(|p| p.packages.get(package));
    if new.is_empty() {
        let severity = if wanted.is_some() { Outcome::Bad } else { Outcome::Note };
        return (
            severity,
            "the programs looked at map none: are they installed, and not linked statically?".into(),
        );
    }
    // The same file as before is the ordinary one, whatever the store can tell of it.
    if wanted.is_some() && old == new {
        let text =
            format!("{new} is still the baseline's: the module is not imported, or {package} is not enabled");
        return (Outcome::Bad, text);
    }
    let closure = match closure {
        Ok(paths) => paths,
        Err(why) => return (Outcome::Note, format!("{new}: not compared with the system's closure: {why}")),
    };
    let Some(store) = closure.iter().find(|p| Path::new(new).starts_with(p)) else {
        return (Outcome::Bad, format!("{new} is not of this system's closure"));
    };
    match wanted {
        None if old == new => (Outcome::Ok, format!("{new}, as before")),
        None => (Outcome::Ok, format!("{new}; {package} was not to be built for this host")),
        Some(flags) => built(system, store, new, flags),
    }
}

/// Looks the flags up in the derivation that built the path.
fn built(system: &dyn System, store: &str, new: &str, flags: &[String]) -> (Outcome, String) {
    let changed = |why: &str| (Outcome::Ok, format!("{new}, of this system, another than before; {why}"));
    if flags.is_empty() {
        return changed("its flags come through the platform and cannot be read back");
    }
    let derivation = match system.output(&calls::deriver(store)) {
        Ok(text) if text.trim().ends_with(".drv") => text.trim().to_string(),
        Ok(_) => return changed("its flags cannot be read back: the store does not know what built it"),
        Err(why) => return changed(&format!("its flags cannot be read back: {why}")),
    };
    let Ok(text) = system.read(Path::new(&derivation)) else {
        return changed(&format!("its flags cannot be read back: {derivation} is gone"));
    };
    let words: Vec<String> =
        text.split(|c: char| c.is_whitespace() || "\"\\,()[]".contains(c)).map(String::from).collect();
    if !text.contains("NIX_CFLAGS_COMPILE") {
        return changed("its flags cannot be read back: a copy with rewritten references");
    }
    match flags.iter().find(|flag| !words.contains(flag)) {
        None => (Outcome::Ok, format!("{new}, of this system, built with {}", flags.join(" "))),
        Some(flag) => (Outcome::Bad, format!("{new} was built without {flag} ({derivation})")),
    }
}

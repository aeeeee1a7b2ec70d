//! This module shows the answer of `detect` to people.

use super::detect::Told;
use super::terminal::Paper;
use anstyle::Style;
use hwtune::catalogue::microarchitectures;
use hwtune::host::Detected;
use hwtune::process::Program;
use hwtune::toolchain::MarchChoice;
use std::fmt::Write;
use std::time::Duration;

const BOLD: Style = Style::new().bold();

/// How much is shown.
pub struct Wanted {
    /// The reasons as well.
    pub explain: bool,
    /// The host is the machine at hand.
    pub live: bool,
    /// On one screen: what is alike stands together, and what the level holds is not listed.
    pub short: bool,
}

/// The host and the compilers' answers; with `explain` the reasons of both.
pub fn human(detected: &Detected, told: &[Told], wanted: &Wanted, paper: &Paper) -> String {
    let Wanted { explain, live, short } = *wanted;
    let host = &detected.host;
    let mut text = String::new();
    // Beside the reasons a screen has room for what they are about; the rest is what `detect` says without them.
    let brief = explain && short;
    let mut row = |key: &str, value: &str| {
        if !value.is_empty() && (!brief || ["CPU", "microarchitecture", "level", "features"].contains(&key)) {
            let style = if key == "microarchitecture" { BOLD } else { Style::new() };
            let _ = writeln!(text, "{key:<17} {style}{}{style:#}", paper.wrap(value, 18));
        }
    };
    row("CPU", &host.cpu);
    row(
        "vendor",
        &format!(
            "{} family {} model {} ({:#x}) stepping {}",
            host.vendor.trim(),
            host.family,
            host.model,
            host.model,
            host.stepping
        ),
    );
    let named = match detected.codename.is_empty() {
        true => host.microarchitecture.clone(),
        false => format!("{} ({})", host.microarchitecture, detected.codename),
    };
    row("microarchitecture", &named);
    let none = if detected.arch == "i686" { "none: not a 64-bit CPU" } else { "" };
    row("level", host.level.as_deref().unwrap_or(none));
    row("features", &features(&host.level, &host.features, short));
    row("masked", &host.masked.join(" "));
    row("hypervisor", &detected.system.hypervisor);
    let kinds: Vec<String> = host.core_kinds.iter().map(|k| format!("{} {}", k.cpus, k.kind)).collect();
    row("kinds of core", &kinds.join(", "));
    row("cores, threads", &format!("{}, {}", host.cores, host.threads));
    let caches: Vec<String> =
        host.caches.iter().map(|c| format!("L{} {} {} KiB", c.level, c.kind, c.kib)).collect();
    row("caches", &caches.join(", "));
    if live {
        row("memory", &format!("{} MiB", detected.system.memory_mib));
        row("microcode", &detected.system.microcode);
        row("governor", &detected.system.governor);
        row("kernel", &detected.system.kernel);
    }
    let names = &detected.names;
    let all = names.each();
    let beside = |key: &str| match (key, names.rust_features.as_str()) {
        ("rust", features) if !features.is_empty() => format!(" with {features}"),
        _ => String::new(),
    };
    let all: Vec<String> =
        all.iter().filter(|(_, n)| !n.is_empty()).map(|(k, n)| format!("{k} {n}{}", beside(k))).collect();
    row("names", &all.join(", "));
    let answers = told.iter().map(|told| (head(told), answer(told, brief, paper)));
    for (compilers, answer) in alike(answers, short) {
        let head = paper.wrap(&compilers.join(", "), 0);
        text += &format!("\n{BOLD}{head}{BOLD:#}\n{answer}");
    }
    if explain {
        text += &format!("\n{}", reasons(detected, told, wanted, paper));
    }
    text
}

/// The features; in short those beyond the level.
fn features(level: &Option<String>, features: &[String], short: bool) -> String {
    let rows = microarchitectures().ok();
    let row = level.as_deref().filter(|_| short).and_then(|level| rows.and_then(|rows| rows.get(level)));
    match row {
        None => features.join(" "),
        Some(row) => {
            let beyond: Vec<&str> =
                features.iter().filter(|f| !row.features.contains(f)).map(String::as_str).collect();
            format!("{} and {}", row.name, beyond.join(" "))
        }
    }
}

/// Names put together by what is said of them, in the order of the first; unless `group`, each by itself.
fn alike(told: impl Iterator<Item = (String, String)>, group: bool) -> Vec<(Vec<String>, String)> {
    let mut groups: Vec<(Vec<String>, String)> = Vec::new();
    for (name, said) in told {
        match groups.iter_mut().find(|(_, known)| group && *known == said) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], said)),
        }
    }
    groups
}

fn head(told: &Told) -> String {
    let choice = &told.choice;
    let how = match (&told.compiler, choice.verified) {
        (_, true) => "",
        (Some(_), false) => "  (asked, not on this CPU)",
        (None, false) => "  (by table, not asked)",
    };
    format!("{}{how}", named(choice))
}

fn named(choice: &MarchChoice) -> String {
    format!("{} {}", choice.compiler, choice.version)
}

/// The flags for a compiler; unless `brief`, also those that do nothing and what its own -march=native says.
fn answer(told: &Told, brief: bool, paper: &Paper) -> String {
    let choice = &told.choice;
    let mut text = String::new();
    let flags = [choice.march_flags(), choice.mtune_flags()].concat();
    let flags = match (flags.is_empty(), choice.untabled) {
        (false, _) => flags.join(" "),
        (true, true) => {
            "unknown: there is no table for this architecture; name an installed compiler with --cc".into()
        }
        (true, false) => "nothing: it has no name for this CPU".into(),
    };
    let _ = writeln!(text, "  {}", paper.wrap(&flags, 2));
    if brief {
        return text;
    }
    if !choice.inert.is_empty() {
        let _ = writeln!(text, "  inert: {}", paper.wrap(&choice.inert.join(" "), 9));
    }
    if let Some(native) = &choice.native {
        let differs = if choice.native_differs == Some(true) { ", which differs" } else { "" };
        let _ = writeln!(text, "  {}", paper.wrap(&format!("-march=native is {native}{differs}"), 2));
    }
    text
}

/// Rule by rule: the host, each compiler, and what others say here.
pub fn reasons(detected: &Detected, told: &[Told], wanted: &Wanted, paper: &Paper) -> String {
    let mut text = String::from("why, for the host\n");
    detected.reasons.iter().for_each(|reason| text += &format!("  {}\n", paper.wrap(reason, 4)));
    let explained = told.iter().map(|t| &t.choice).filter(|choice| !choice.reasons.is_empty());
    if wanted.short {
        text += &by_reason(explained, paper);
    } else {
        for choice in explained {
            text += &format!("{}\n", paper.wrap(&format!("why, for {}", named(choice)), 2));
            choice.reasons.iter().for_each(|reason| text += &format!("  {}\n", paper.wrap(reason, 4)));
        }
    }
    if wanted.live
        && let Some(name) = archspec()
    {
        let ours = &detected.names.archspec;
        let same =
            if name == *ours { "the same".to_string() } else { format!("we say {ours}: {}", why(detected)) };
        let _ = writeln!(text, "archspec here says {name}; {same}");
    }
    text
}

/// Each reason once, with the compilers that it is about.
fn by_reason<'a>(explained: impl Iterator<Item = &'a MarchChoice>, paper: &Paper) -> String {
    let pairs = explained.flat_map(|choice| {
        let name = named(choice);
        let plain = |reason: &String| reason.replacen(&format!("{name}: "), "", 1);
        choice.reasons.iter().map(|reason| (name.clone(), plain(reason))).collect::<Vec<_>>()
    });
    let line = |(compilers, reason): (Vec<String>, String)| {
        format!("  {}\n", paper.wrap(&format!("{}: {reason}", compilers.join(", ")), 4))
    };
    let lines: String = alike(pairs, true).into_iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("why, for the compilers\n{lines}") }
}

fn why(detected: &Detected) -> String {
    match detected.host.masked.is_empty() {
        true => "it chooses by features, we by vendor, family and model".into(),
        false => format!("it takes a CPU that lacks {} for another", detected.host.masked.join(", ")),
    }
}

/// What archspec says, where it is installed.
fn archspec() -> Option<String> {
    let program = which::which("archspec").ok()?;
    let asked = Program::new(program).args(["cpu"]).in_own_group();
    let (answer, status) = asked.answer(Duration::from_secs(10), 1 << 16).ok()?;
    status.filter(|status| status.success())?;
    let name: String =
        String::from_utf8_lossy(&answer).trim().chars().filter(|c| !c.is_control()).take(64).collect();
    (!name.is_empty()).then_some(name)
}

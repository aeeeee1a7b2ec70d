//! `hwtune` without a command: what is known of this host, and what to do next.

use super::common::Common;
use super::next_steps;
use super::output;
use super::terminal::Paper;
use hwtune::profile::{self, Evidence, Profile};
use hwtune::text::place;
use std::fmt::Write;

/// Says it.
pub fn run(common: &Common) -> anyhow::Result<u8> {
    let paper = Paper::of(common);
    let detected = hwtune::host::live()?;
    let host = &detected.host;
    let mut text = String::new();
    let level = host.level.as_deref().map(|l| format!(", {l}")).unwrap_or_default();
    let told =
        format!("{}: {} ({}{level}), {} cores", host.name, host.cpu, host.microarchitecture, host.cores);
    let _ = writeln!(text, "{}", paper.fit(&told, 0));
    let path =
        common.profile.clone().unwrap_or_else(|| profile::default_path(&host.name, hwtune::host::is_root()));
    let next = match path.exists() {
        true => {
            let known = profile::read(&path)?;
            let _ = writeln!(text, "{}", paper.fit(&format!("Profile {}", place(&path)), 0));
            sections(&mut text, &known, &paper);
            let mut next = vec![("hwtune check".into(), "whether it is still true here".into())];
            next.extend(next_steps::after(&known, Some(&path), common.profile.is_none()));
            next
        }
        false => {
            let _ = writeln!(
                text,
                "{}",
                paper.wrap("Nothing was measured here yet: there is no profile of this host.", 0)
            );
            vec![
                ("hwtune detect --explain".to_string(), "what each compiler is given, and why".to_string()),
                ("hwtune tune --quick".into(), "a first impression in a minute".into()),
                ("hwtune tune".into(), "everyday code, glibc and zlib in five minutes".into()),
            ]
        }
    };
    for (at, (command, what)) in next.iter().enumerate() {
        let head = if at == 0 { "Next:" } else { "" };
        let _ = writeln!(text, "{}", paper.fit(&format!("{head:<5} {command:<40} {what}"), 0));
    }
    let _ = writeln!(text, "All commands: hwtune --help");
    let document = serde_json::json!({
        "host": host.name,
        "cpu": host.cpu,
        "microarchitecture": host.microarchitecture,
        "level": host.level,
        "profile": path.exists().then(|| path.display().to_string()),
        "next": next.iter().map(|(command, what)| serde_json::json!({ "command": command, "what": what })).collect::<Vec<_>>(),
    });
    output::answer(common, &super::forms::document(common, &document, "next", || text)?)?;
    Ok(super::exit::OK)
}

/// A line a section.
fn sections(text: &mut String, profile: &Profile, paper: &Paper) {
    if !profile.system.measured_at.is_empty() {
        let _ = writeln!(text, "{}", paper.fit(&format!("Measured {}", profile.system.measured_at), 0));
    }
    for (name, section) in profile.package.iter().chain(&profile.kernel) {
        let flags =
            if section.flags.is_empty() { "nothing to append".into() } else { section.flags.join(" ") };
        let figure = match (section.effect, section.low, section.high) {
            (Some(e), Some(l), Some(h)) => format!("{} {e:+.1} [{l:+.1}, {h:+.1}]", section.verdict),
            _ if section.evidence == Evidence::None => "not measured".into(),
            _ => section.verdict.to_string(),
        };
        let _ = writeln!(text, "{}", paper.fit(&format!("  {name:<8} {figure}: {flags}"), 0));
    }
}

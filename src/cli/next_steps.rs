//! What to do next, by what is known and by the system at hand.

use hwtune::profile::{Profile, Section, Verdict};
use hwtune::render::line;
use std::path::Path;

/// Files that tell a system, and the consumer that fits it.
const SYSTEMS: [(&str, &str); 5] = [
    ("/etc/NIXOS", "nixos-overlay"),
    ("/etc/portage", "gentoo"),
    ("/etc/arch-release", "makepkg"),
    ("/etc/debian_version", "dpkg"),
    ("/nix/store", "nixos-overlay"),
];

/// The consumer that fits this system.
pub fn consumer() -> &'static str {
    SYSTEMS.iter().find(|(file, _)| Path::new(file).exists()).map_or("env-sh", |(_, target)| target)
}

/// The commands that follow a run whose profile is at `path`; `usual` where commands find it there by themselves.
pub fn after(profile: &Profile, path: Option<&Path>, usual: bool) -> Vec<(String, String)> {
    let at = path.filter(|_| !usual).map(|p| format!(" --profile {}", line(&hwtune::text::place(p))));
    let at = at.unwrap_or_default();
    let mut next = Vec::new();
    let gains = |s: &Section| !s.flags.is_empty() && s.verdict == Verdict::Helps;
    let host = profile.package.get("host").is_some_and(gains);
    let packages = profile.package.iter().any(|(name, s)| name != "host" && gains(s));
    let nix = consumer() == "nixos-overlay";
    if host && !nix {
        next.push((format!("hwtune render {}{at}", consumer()), "others: hwtune render --list".into()));
    }
    if packages || (host && nix) {
        let (target, what) = match nix {
            true => ("nixos-overlay", "weigh the rebuild first: its COST line"),
            false => ("nixos-overlay", "for NixOS; COST says what is rebuilt"),
        };
        next.push((format!("hwtune render {target}{at}"), what.into()));
    }
    if !host && !packages {
        let late = profile.package.values().chain(profile.kernel.values()).flat_map(|s| &s.judged);
        let what = match late.clone().any(|j| j.verdict == Verdict::NotReached) {
            true => "reaches what this run did not",
            false => "more layouts, narrower intervals",
        };
        next.push(("hwtune tune --budget 15m".into(), what.into()));
    }
    next.push((format!("hwtune report -o report.html{at}"), "every figure, with plots".into()));
    next
}

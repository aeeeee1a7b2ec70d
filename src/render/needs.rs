//! This module checks what a target needs of a profile, and the form of the names in it. Names are written into other
//! programs' options, where a blank or a quote would become an option.

use super::error::RenderError;
use super::quote::line;
use super::release::nixpkgs;
use super::system;
use super::target::Target;
use crate::profile::{Names, Profile};

/// Refuses a profile that holds a name that is none, or lacks among `safe` one that the target is all about.
pub(super) fn check(profile: &Profile, safe: &Names, target: &Target) -> Result<(), RenderError> {
    let fault = |what: String| RenderError::Profile { target: target.name.clone(), what };
    if target.front.any_profile {
        return Ok(());
    }
    let names = &profile.names;
    let level = profile.host.level.as_deref().unwrap_or_default();
    let all = names.each();
    for (key, name) in all {
        if !is_name(name) {
            return Err(fault(format!(
                "names.{key} {:?} is not a CPU's name; correct the profile",
                line(name)
            )));
        }
    }
    if !is_feature_list(&names.rust_features) {
        let shown = line(&names.rust_features);
        return Err(fault(format!(
            "names.rust_features {shown:?} is not a list of features; correct the profile"
        )));
    }
    if !["", "x86-64-v1", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"].contains(&level) {
        return Err(fault(format!("host.level {:?} is not a psABI level; correct the profile", line(level))));
    }
    for need in &target.front.needs {
        if need == "system" {
            system::of(profile, &[]).map_err(fault)?;
            continue;
        }
        let safe = safe.each();
        let Some((_, name)) = safe.iter().find(|(key, _)| key == need) else {
            let what = format!("needs {:?}: none of system, gcc, rust, go, archspec, nixpkgs", line(need));
            return Err(RenderError::Template { place: format!("{}.j2", target.name), what });
        };
        if name.is_empty() {
            let what = format!("the profile has no names.{need} for this CPU, so there is nothing to write");
            return Err(fault(what));
        }
        if need == "nixpkgs" && !nixpkgs().knows(name, None) {
            let what = format!("names.nixpkgs {name}: not in lib.systems.architectures; correct the profile");
            return Err(fault(what));
        }
        if need == "nixpkgs" && is_default(profile, name) {
            let what = format!(
                "{name} is what every system of its kind is built for: nothing would change; render a target that takes packages"
            );
            return Err(RenderError::Refused { target: target.name.clone(), what });
        }
    }
    Ok(())
}

/// `-aes,+sha2`: each with its sign; empty where there is none.
fn is_feature_list(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let feature = |f: &str| f.strip_prefix(['+', '-']).is_some_and(|f| !f.is_empty() && f.chars().all(plain));
    text.is_empty() || text.len() <= 1024 && text.split(',').all(feature)
}

/// Whether the profile's system has an architecture without being asked.
fn is_default(profile: &Profile, name: &str) -> bool {
    system::of(profile, &[]).is_ok_and(|system| nixpkgs().is_default(&system.name, name))
}

/// Letters, digits and - _ . +, beginning with a letter; empty where there is no name.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    name.is_empty()
        || name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain)
}

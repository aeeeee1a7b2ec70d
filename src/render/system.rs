use super::selection::Choice;
use crate::profile::Profile;

/// nixpkgs' name for what a compiler's target triple means, `x86_64-linux`.
///
/// # Errors
/// A triple that is not GNU/Linux on a CPU with flags to choose, or packages measured for two systems.
pub(super) fn of(profile: &Profile, choices: &[Choice]) -> Result<String, String> {
    let used = |id: &str| choices.iter().any(|c| !c.kept.is_empty() && c.toolchain == id);
    let mut targets: Vec<&str> =
        profile.toolchain.iter().filter(|t| used(&t.id)).map(|t| t.target.as_str()).collect();
    if targets.is_empty() {
        targets = profile.toolchain.iter().take(1).map(|t| t.target.as_str()).collect();
    }
    let mut systems = targets.iter().map(|t| from_triple(t));
    let first = systems.next().ok_or("the profile has no toolchain; write it again with `hwtune tune`")??;
    for other in systems {
        if other? != first {
            return Err(
                "the packages were measured for two systems; render them one by one with --package".into()
            );
        }
    }
    Ok(first)
}

fn from_triple(triple: &str) -> Result<String, String> {
    let parts: Vec<&str> = triple.split('-').collect();
    let cpu = match parts.first().copied().unwrap_or_default() {
        cpu @ ("x86_64" | "aarch64" | "riscv64" | "powerpc64le" | "i686") => cpu,
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        _ => "",
    };
    let linux = parts.contains(&"linux");
    let abi = parts.last().copied().unwrap_or_default();
    let gnu = linux && matches!(abi, "gnu" | "linux");
    match (cpu, gnu) {
        ("", _) | (_, false) => Err(format!(
            "toolchain target {:?} is not one of NixOS's (GNU/Linux on x86_64, aarch64, riscv64, powerpc64le or i686)",
            super::quote::line(triple)
        )),
        (cpu, true) => Ok(format!("{cpu}-linux")),
    }
}

#[cfg(test)]
mod tests {
    use super::from_triple;

    #[test]
    fn triples_of_distributions() {
        for (triple, system) in [
            ("x86_64-linux-gnu", "x86_64-linux"),
            ("x86_64-unknown-linux-gnu", "x86_64-linux"),
            ("x86_64-pc-linux-gnu", "x86_64-linux"),
            ("x86_64-redhat-linux", "x86_64-linux"),
            ("aarch64-unknown-linux-gnu", "aarch64-linux"),
        ] {
            assert_eq!(from_triple(triple).unwrap(), system);
        }
        for bad in ["", "x86_64-linux-musl", "x86_64-apple-darwin", "x86_64-linux-gnux32", "evil\"-linux-gnu"]
        {
            assert!(from_triple(bad).is_err(), "{bad}");
        }
    }
}

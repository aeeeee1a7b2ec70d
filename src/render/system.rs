//! The system is where the rendered code runs.

use super::selection::Choice;
use crate::profile::Profile;

/// Where the code runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct System {
    /// nixpkgs' name, `x86_64-linux`; empty where it is not known.
    pub name: String,
    /// True where the C library is musl.
    pub musl: bool,
}

/// The system that the compilers in question build for; without any compiler, a psABI level tells it.
///
/// # Errors
/// A triple that is not Linux on a CPU with flags to choose, or packages measured for two systems.
pub(super) fn of(profile: &Profile, choices: &[Choice]) -> Result<System, String> {
    let used = |id: &str| choices.iter().any(|c| !c.kept.is_empty() && c.toolchain == id);
    let mut targets: Vec<&str> =
        profile.toolchain.iter().filter(|t| used(&t.id)).map(|t| t.target.as_str()).collect();
    if targets.is_empty() {
        targets = profile.toolchain.iter().take(1).map(|t| t.target.as_str()).collect();
    }
    let mut systems = targets.iter().map(|t| from_triple(t));
    let Some(first) = systems.next().transpose()? else {
        return match profile.host.level {
            Some(_) => Ok(System { name: "x86_64-linux".into(), musl: false }),
            None => Err("the profile has no toolchain; write it again with `hwtune tune`".into()),
        };
    };
    for other in systems {
        if other? != first {
            let what = "the packages were measured for two systems; render them one by one with --package";
            return Err(what.into());
        }
    }
    Ok(first)
}

fn from_triple(triple: &str) -> Result<System, String> {
    let parts: Vec<&str> = triple.split('-').collect();
    let cpu = match parts.first().copied().unwrap_or_default() {
        cpu @ ("x86_64" | "aarch64" | "riscv64" | "powerpc64le" | "i686" | "loongarch64") => cpu,
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "ppc64le" => "powerpc64le",
        _ => "",
    };
    // Another ABI, such as gnux32, is another system though the CPU is the same.
    let abi = parts.last().copied().unwrap_or_default();
    if cpu.is_empty() || !parts.contains(&"linux") || !matches!(abi, "gnu" | "linux" | "musl") {
        return Err(format!(
            "toolchain target {:?} is not Linux on x86_64, aarch64, riscv64, powerpc64le, loongarch64 or i686",
            super::quote::line(triple)
        ));
    }
    Ok(System { name: format!("{cpu}-linux"), musl: abi == "musl" })
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
            ("x86_64-alpine-linux-musl", "x86_64-linux"),
        ] {
            assert_eq!(from_triple(triple).unwrap().name, system);
        }
        // Big-endian POWER: nixpkgs, rustc and the distributions build for little-endian alone.
        for bad in
            ["", "x86_64-apple-darwin", "x86_64-linux-gnux32", "evil\"-linux-gnu", "powerpc64-linux-gnu"]
        {
            assert!(from_triple(bad).is_err(), "{bad}");
        }
    }
}

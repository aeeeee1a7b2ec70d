//! This module finds what makes measurements on this machine noisy, and what to do about it.

use super::machine::Machine;
use std::path::Path;

/// Other work that keeps this share of the CPUs busy disturbs.
const BUSY: f64 = 0.25;

/// What was found that makes timing noisy, each with its remedy; empty where nothing was. `own` is the load that is
/// hwtune's own.
pub fn disturbances(own: f64) -> Vec<String> {
    let load = sysinfo::System::load_average().map_or(0.0, |load| load.one) - own;
    of(&Machine::at(Path::new("/")), load)
}

fn of(machine: &Machine, load: f64) -> Vec<String> {
    let mut found = Vec::new();
    let cpus = machine.online().len().max(1);
    if load > BUSY * cpus as f64 {
        found.push(format!("a load of {load:.1} on {cpus} CPUs: stop other work"));
    }
    let governor = machine.governor();
    if !matches!(governor.as_str(), "performance" | "unknown") {
        found.push(format!("the governor is {governor}: `cpupower frequency-set -g performance`"));
    }
    let told = |path: &str| machine.read(path, 64).map(|text| text.trim().to_string());
    let turbo = match (
        told("sys/devices/system/cpu/intel_pstate/no_turbo"),
        told("sys/devices/system/cpu/cpufreq/boost"),
    ) {
        (Some(off), _) if off == "0" => Some("intel_pstate/no_turbo"),
        (None, Some(on)) if on == "1" => Some("cpufreq/boost"),
        _ => None,
    };
    if let Some(file) = turbo {
        let value = u8::from(file.ends_with("no_turbo"));
        found.push(format!("turbo is on: `echo {value} > /sys/devices/system/cpu/{file}` as root"));
    }
    if told("sys/devices/system/cpu/smt/active").as_deref() == Some("1") {
        found.push(
            "SMT is on, so a core may be shared: `echo off > /sys/devices/system/cpu/smt/control` as root"
                .into(),
        );
    }
    found
}

/// The disturbances in one line, with what to do where nothing was found.
pub fn advice(own: f64) -> String {
    let found = disturbances(own);
    if found.is_empty() {
        return "nothing was found that disturbs (a virtual machine's neighbours cannot be seen): measure again with a larger --budget".into();
    }
    found.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join("sys/devices/system/cpu").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn what_disturbs_is_named_with_its_remedy() {
        let noisy = root(&[
            ("online", "0-3\n"),
            ("cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("intel_pstate/no_turbo", "0\n"),
            ("smt/active", "1\n"),
        ]);
        let found = of(&Machine::at(noisy.path()), 2.5).join("\n");
        for expected in [
            "load of 2.5 on 4 CPUs",
            "governor is powersave",
            "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo",
            "SMT is on",
        ] {
            assert!(found.contains(expected), "{expected} in {found}");
        }
    }

    #[test]
    fn a_quiet_machine_has_nothing_to_mend() {
        let quiet = root(&[
            ("online", "0-3\n"),
            ("cpu0/cpufreq/scaling_governor", "performance\n"),
            ("cpufreq/boost", "0\n"),
            ("smt/active", "0\n"),
        ]);
        assert_eq!(of(&Machine::at(quiet.path()), 0.4), Vec::<String>::new());
        let boosted = root(&[("online", "0-3\n"), ("cpufreq/boost", "1\n")]);
        assert!(
            of(&Machine::at(boosted.path()), 0.0)[0]
                .contains("echo 0 > /sys/devices/system/cpu/cpufreq/boost")
        );
        assert!(of(&Machine::at(Path::new("/nonexistent")), 0.0).is_empty());
    }
}

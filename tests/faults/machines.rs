//! Machines with little to give: one CPU allowed, one that is not.

use crate::faults::support::{Place, fails, tune};
use hwtune::profile::{self, Verdict};
use std::process::Command;

/// `hwtune` bound to the first CPU that this process may use.
fn on_one_cpu(place: &Place, more: &[&str]) -> std::process::Output {
    let cpu = hwtune::host::allowed_cpus()[0].to_string();
    let mut command = Command::new("taskset");
    command.args(["-c", &cpu, env!("CARGO_BIN_EXE_hwtune")]).args(tune(more));
    place.dress(&mut command).output().unwrap()
}

#[test]
fn one_cpu_is_enough_for_a_verdict() {
    let place = Place::new();
    let output = on_one_cpu(&place, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made = profile::read(&place.path("host.toml")).unwrap();
    let section = made.kernel.values().next().unwrap();
    assert!(
        made.complete && !matches!(section.verdict, Verdict::Crashed | Verdict::WrongResult),
        "{section:#?}"
    );
    let crashed =
        section.judged.iter().find(|j| matches!(j.verdict, Verdict::Crashed | Verdict::WrongResult));
    assert!(crashed.is_none(), "{crashed:?}");
    place.clean();
}

#[test]
fn a_cpu_that_is_not_allowed_is_refused_by_its_number() {
    let place = Place::new();
    let other = hwtune::host::allowed_cpus()[0] + 1;
    let output = on_one_cpu(&place, &["--cpu", &other.to_string()]);
    fails("another CPU", &output, 2, &[&format!("--cpu {other}"), "may use"]);
    assert!(!place.path("host.toml").exists());
}

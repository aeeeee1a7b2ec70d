//! This module finds out what confines untrusted code on this machine.

use std::path::Path;
use std::process::{Command, Stdio};

/// What this system does not offer of what confines kernels and compilers, in words; `None` where it offers all. An
/// error means that the runner cannot be started.
pub fn missing(runner: &Path) -> std::io::Result<Option<String>> {
    let said = Command::new(runner).arg("sandbox").env_clear().stdin(Stdio::null()).output()?;
    Ok(told(&String::from_utf8_lossy(&said.stdout)))
}

fn told(said: &str) -> Option<String> {
    let words: Vec<&str> = said.split_whitespace().collect();
    let (landlock, seccomp) = match words[..] {
        ["landlock", landlock, "seccomp", seccomp] => (landlock != "0", seccomp != "0"),
        _ => (false, false),
    };
    let names = [(landlock, "Landlock (Linux 5.13)"), (seccomp, "seccomp (Linux 4.17)")];
    let lacks: Vec<&str> = names.iter().filter(|(there, _)| !there).map(|(_, name)| *name).collect();
    let kept = match (landlock, seccomp) {
        (true, _) => "Landlock and resource limits still confine",
        (_, true) => "seccomp and resource limits still confine",
        _ => "resource limits alone confine",
    };
    let lacks = lacks.join(" and ");
    (!lacks.is_empty()).then(|| format!("could not set up {lacks} here: {kept} kernels and compilers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(told("landlock 7 seccomp 1\n"), None);
        assert!(told("landlock 0 seccomp 1\n").unwrap().contains("Landlock"));
        assert!(told("landlock 3 seccomp 0\n").unwrap().contains("seccomp"));
        assert!(told("").unwrap().contains("Landlock (Linux 5.13) and seccomp"));
    }
}

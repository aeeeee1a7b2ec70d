//! This module finds out what confines untrusted code on this machine.

use crate::process::Program;
use std::path::Path;

/// What this system offers of what confines kernels and compilers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Landlock, which restricts reading and writing.
    pub landlock: bool,
    /// seccomp, which restricts system calls.
    pub seccomp: bool,
}

/// Asks the runner what this system offers. An error means that the runner cannot be started.
pub fn offered(runner: &Path) -> std::io::Result<Offered> {
    let said = Program::clean(runner).args(["sandbox"]).collected()?;
    Ok(Offered::told(&String::from_utf8_lossy(&said.stdout)))
}

/// What this system does not offer, in words; `None` where it offers all.
pub fn missing(runner: &Path) -> std::io::Result<Option<String>> {
    Ok(offered(runner)?.lacks())
}

impl Offered {
    fn told(said: &str) -> Offered {
        let words: Vec<&str> = said.split_whitespace().collect();
        match words[..] {
            ["landlock", landlock, "seccomp", seccomp] => {
                Offered { landlock: landlock != "0", seccomp: seccomp != "0" }
            }
            _ => Offered::default(),
        }
    }

    /// What is missing, in one line for people; `None` where nothing is.
    pub fn lacks(self) -> Option<String> {
        let names = [(self.landlock, "Landlock (Linux 5.13)"), (self.seccomp, "seccomp (Linux 4.17)")];
        let lacks: Vec<&str> = names.iter().filter(|(there, _)| !there).map(|(_, name)| *name).collect();
        let kept = match (self.landlock, self.seccomp) {
            (true, _) => "Landlock and resource limits still confine",
            (_, true) => "seccomp and resource limits still confine",
            _ => "resource limits alone confine",
        };
        let lacks = lacks.join(" and ");
        let what = if self.landlock { "" } else { ", which read what their user may read" };
        (!lacks.is_empty())
            .then(|| format!("could not set up {lacks} here: {kept} kernels and compilers{what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let told = |said: &str| Offered::told(said).lacks();
        assert_eq!(told("landlock 7 seccomp 1\n"), None);
        assert!(told("landlock 0 seccomp 1\n").unwrap().contains("Landlock"));
        assert!(told("landlock 3 seccomp 0\n").unwrap().contains("seccomp"));
        assert!(told("").unwrap().contains("Landlock (Linux 5.13) and seccomp"));
    }
}

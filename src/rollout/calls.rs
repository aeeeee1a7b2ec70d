//! This list has every command of the system that a rollout runs. The commands and their `--dry-run` read the same list.

use super::system::Call;
use std::path::{Path, PathBuf};

/// Where NixOS keeps what a rollout looks at.
#[derive(Clone, Debug)]
pub struct Places {
    /// The system looked at: the running one, or a `result` that was only built.
    pub system: PathBuf,
    /// The profile whose generations are the boot menu's entries.
    pub profile: PathBuf,
}

/// The running system.
pub const RUNNING: &str = "/run/current-system";

impl Default for Places {
    fn default() -> Places {
        Places { system: RUNNING.into(), profile: "/nix/var/nix/profiles/system".into() }
    }
}

impl Places {
    /// A program of the system looked at.
    pub(super) fn program(&self, name: &str) -> String {
        self.system.join("sw/bin").join(name).display().to_string()
    }
}

/// The generations, with the current one marked.
pub fn generations(places: &Places) -> Call {
    Call::new("nix-env", &["--list-generations", "--profile", &places.profile.display().to_string()])
}

/// All store paths of a system.
pub fn closure(system: &Path) -> Call {
    Call::new("nix-store", &["--query", "--requisites", &system.display().to_string()])
}

/// The derivation that built a store path.
pub fn deriver(path: &str) -> Call {
    Call::new("nix-store", &["--query", "--deriver", path])
}

/// What the kernel and the dump handler reported since a time.
pub fn journal(since: i64) -> Call {
    Call::new("journalctl", &["--no-pager", "--output=short-unix", &format!("--since=@{since}")])
}

/// The busiest processes.
pub fn processes() -> Call {
    Call::new("ps", &["-eo", "pcpu,rss,comm", "--sort=-pcpu", "--no-headers"])
}

/// Programs of a system that wait for their input, with the libraries that they map in the meantime. The first that is
/// there serves: git and Nix map the C library and zlib, cat the C library alone.
pub fn waiting(places: &Places) -> [Call; 3] {
    let of = |name: &str, args: &[&str]| Call::new(places.program(name), args);
    [of("git", &["hash-object", "--stdin"]), of("nix-store", &["--serve"]), of("cat", &[])]
}

/// What the loader would map for a program of a system: it says so and starts nothing.
pub fn traced(program: &str) -> Call {
    Call::new("env", &["LD_TRACE_LOADED_OBJECTS=1", program])
}

/// The measuring program under a system's own loader and libraries.
pub fn timed(loader: &str, folders: &str, driver: &Path, libz: &str, samples: u32) -> Call {
    let samples = samples.to_string();
    Call::new(loader, &["--library-path", folders, &driver.display().to_string(), libz, &samples])
}

/// Back to the generation before this one.
pub fn rollback() -> Call {
    Call { shown: true, ..Call::new("nixos-rebuild", &["switch", "--rollback"]) }
}

/// The profile back to a generation by its number.
pub fn generation(places: &Places, number: u64) -> Call {
    let profile = places.profile.display().to_string();
    Call {
        shown: true,
        ..Call::new("nix-env", &["--profile", &profile, "--switch-generation", &number.to_string()])
    }
}

/// Makes the profile's system the running one, and the one that boots.
pub fn activate(places: &Places) -> Call {
    let program = places.profile.join("bin/switch-to-configuration").display().to_string();
    Call { shown: true, ..Call::new(program, &["switch"]) }
}

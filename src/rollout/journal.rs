//! This module finds crashes in the system's journal.

use super::calls;
use super::system::System;
use std::collections::BTreeMap;

/// Programs that crashed since a time, with how often. The error is a reason, on one line.
pub fn crashes(system: &dyn System, since: i64) -> Result<BTreeMap<String, usize>, String> {
    let call = calls::journal(since);
    let ran = system.run(&call)?;
    for blind in ["not seeing messages", "insufficient permissions", "No journal files were found"] {
        if let Some(line) = ran.stderr.lines().find(|l| l.contains(blind)) {
            return Err(format!(
                "{}; run it as root",
                crate::render::line(line.trim().trim_end_matches('.'))
            ));
        }
    }
    let mut traps: BTreeMap<String, usize> = BTreeMap::new();
    let mut dumps: BTreeMap<String, usize> = BTreeMap::new();
    for line in ran.ok(&call)?.lines() {
        if let Some(program) = trap(line) {
            *traps.entry(program).or_default() += 1;
        } else if let Some(program) = dump(line) {
            *dumps.entry(program).or_default() += 1;
        }
    }
    // A fault is reported by both, an abort (heap corruption, say) by the dump handler alone.
    for (program, times) in dumps {
        let seen = traps.entry(program).or_default();
        *seen = times.max(*seen);
    }
    Ok(traps)
}

/// The program whose fault the kernel reports on a line. A program may well print the same words: it is not believed.
fn trap(line: &str) -> Option<String> {
    let message = line.split_once(" kernel: ")?.1;
    let message = message.strip_prefix("traps: ").unwrap_or(message);
    const SIGNS: [&str; 6] = [
        ": segfault at ",
        " general protection",
        " trap invalid opcode",
        " trap divide error",
        " trap int3",
        " trap stack segment",
    ];
    let at = SIGNS.iter().filter_map(|sign| message.find(sign)).min()?;
    // `name[pid]`
    let (name, pid) = message[..at].rsplit_once('[')?;
    let pid = pid.strip_suffix(']')?;
    let known = !name.is_empty() && !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit());
    known.then(|| crate::text::host_name(name))
}

/// The program of which systemd-coredump reports a dump.
fn dump(line: &str) -> Option<String> {
    let message = line.split_once(" systemd-coredump[")?.1.split_once("]: Process ")?.1;
    let (name, rest) = message.split_once(" (")?.1.rsplit_once(") of user ")?;
    rest.contains("dumped core").then(|| crate::text::host_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_believed_and_nobody_else() {
        let of = |text: &str| trap(&format!("1732480000.123456 shoshin {text}"));
        assert_eq!(of("kernel: git[4711]: segfault at 0 ip 000 sp 0 error 4 in libz.so"), Some("git".into()));
        assert_eq!(of("kernel: traps: nix[12] trap invalid opcode ip:55 sp:7f error:0"), Some("nix".into()));
        assert_eq!(of("kernel: traps: ls[12] general protection fault ip:1 sp:2 error:0"), Some("ls".into()));
        assert_eq!(of("firefox[99]: child[5]: segfault at 0, says a program"), None);
        assert_eq!(of("kernel: usb 1-1: general protection"), None);
        assert_eq!(trap(""), None);
        let line = "1.5 shoshin systemd-coredump[9]: Process 71 (nix-daemon) of user 0 dumped core.";
        assert_eq!(dump(line), Some("nix-daemon".into()));
        assert_eq!(dump("1.5 shoshin app[9]: Process 71 (nix) of user 0 dumped core."), None);
    }
}

//! A program whose standard output is the answer to a question.

use super::program::{Pipes, Program};
use super::running::end_group;
use std::io::Read as _;
use std::process::ExitStatus;
use std::time::Duration;
use wait_timeout::ChildExt as _;

impl Program {
    /// Runs it: what it says on standard output, at most so many bytes, and how it ended; `None` for one that outlived the limit and
    /// was ended. Whatever it started ends with it: it needs a process group of its own.
    pub fn answer(self, limit: Duration, most: u64) -> std::io::Result<(Vec<u8>, Option<ExitStatus>)> {
        let mut child = self.start(Pipes::Answer)?.child;
        let Some(out) = child.stdout.take() else { return Err(std::io::Error::other("no pipe")) };
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let mut bytes = Vec::new();
                out.take(most).read_to_end(&mut bytes).ok();
                bytes
            });
            let status = child.wait_timeout(limit)?;
            // Whatever it started holds the pipe as well.
            end_group(child.id());
            if status.is_none() {
                child.kill().ok();
                child.wait().ok();
            }
            Ok((reader.join().unwrap_or_default(), status))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_within_the_limits() {
        let of = |script: &str, limit: u64, most: u64| {
            let program = Program::clean("/bin/sh").args(["-c", script]);
            let (said, status) = program.answer(Duration::from_millis(limit), most).unwrap();
            (String::from_utf8(said).unwrap(), status.and_then(|s| s.code()))
        };
        assert_eq!(of("echo said; echo bad >&2; exit 3", 60_000, 99), ("said\n".into(), Some(3)));
        assert_eq!(of("printf 0123456789", 60_000, 4).0, "0123");
        assert_eq!(of("echo said; sleep 60", 300, 99), ("said\n".into(), None));
        assert_eq!(of("sleep 60 & echo said", 60_000, 99), ("said\n".into(), Some(0)));
        assert!(Program::clean("/none").answer(Duration::from_secs(1), 9).is_err());
    }
}

//! A child's three pipes, attended by one thread: a compiler answers within milliseconds, and threads would cost a good part
//! of them.

use super::running::end_group;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{ErrorKind, Read, Result, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdin, ExitStatus};
use std::time::{Duration, Instant};

/// How long the pipes may stay open after the child itself is gone.
const DRAIN: Duration = Duration::from_secs(2);

/// How often a child is looked at where the system has no descriptor for a process (before Linux 5.3).
const GLANCE: Duration = Duration::from_millis(5);

/// How a program ended, and what it wrote.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// How it ended; `None` where it did not within the limit.
    pub status: Option<ExitStatus>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Ended {
    fn new(status: Option<ExitStatus>, [stdout, stderr]: [Vec<u8>; 2]) -> Ended {
        Ended { status, stdout, stderr }
    }
}

/// Feeds and reads a child to its end, and keeps at most so many bytes of each stream: a runaway program must not fill the
/// memory. Without a status it is still there after `limit`, and nothing has been done about it.
pub(super) fn attend(child: &mut Child, input: &[u8], limit: Duration, most: usize) -> Result<Ended> {
    let mut feed = child.stdin.take().map(|pipe| Feed { pipe, left: input });
    if let Some(feed) = &feed {
        rustix::fs::fcntl_setfl(&feed.pipe, rustix::fs::OFlags::NONBLOCK)?;
    }
    let mut outs = [
        child.stdout.take().map(|pipe| Drain::new(pipe.into())).transpose()?,
        child.stderr.take().map(|pipe| Drain::new(pipe.into())).transpose()?,
    ];
    let mut kept = [Vec::new(), Vec::new()];
    let mut process = process(child);
    let mut gone = false;
    let mut ended = false;
    let mut until = Instant::now() + limit;
    while outs.iter().any(Option::is_some) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // What the child left running in its group may hold the pipes open for ever.
            match (gone, std::mem::replace(&mut ended, gone)) {
                (false, _) => return Ok(Ended::new(None, kept)),
                (true, false) => end_group(child.id()),
                (true, true) => break,
            }
            until = Instant::now() + DRAIN;
            continue;
        }
        wait(&outs, feed.as_ref(), process.as_ref(), left)?;
        if let Some(open) = &mut feed
            && !open.push()
        {
            feed = None;
        }
        for (out, kept) in outs.iter_mut().zip(&mut kept) {
            if out.as_mut().is_some_and(|o| !o.pull(kept, most)) {
                *out = None;
            }
        }
        if !gone && exited(child, process.as_ref())? {
            gone = true;
            process = None;
            until = Instant::now() + DRAIN;
        }
    }
    while !gone {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Ended::new(None, kept));
        }
        wait(&[None, None], None, process.as_ref(), left)?;
        gone = exited(child, process.as_ref())?;
    }
    Ok(Ended::new(Some(child.wait()?), kept))
}

/// What is still to be written to a child.
struct Feed<'a> {
    pipe: ChildStdin,
    left: &'a [u8],
}

impl Feed<'_> {
    /// Writes what goes in; false when nothing is left to do. A compiler that never reads its input closes the pipe: not
    /// an error.
    fn push(&mut self) -> bool {
        match self.pipe.write(self.left) {
            Ok(written) => {
                self.left = &self.left[written..];
                !self.left.is_empty()
            }
            Err(e) => matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }
}

/// An open pipe of a child's.
struct Drain(std::fs::File);

impl Drain {
    fn new(pipe: OwnedFd) -> Result<Drain> {
        rustix::fs::fcntl_setfl(&pipe, rustix::fs::OFlags::NONBLOCK)?;
        Ok(Drain(pipe.into()))
    }

    /// Takes what is there, at most a MiB so that the clock is looked at between; false at the end. What exceeds the limit
    /// is read and dropped: a closed pipe would end the compiler by SIGPIPE, which says nothing.
    fn pull(&mut self, kept: &mut Vec<u8>, most: usize) -> bool {
        let mut block = [0; 1 << 14];
        for _ in 0..64 {
            match self.0.read(&mut block) {
                Ok(0) => return false,
                Ok(n) => kept.extend_from_slice(&block[..n.min(most - kept.len())]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return e.kind() == ErrorKind::WouldBlock,
            }
        }
        true
    }
}

/// A descriptor that becomes readable when the child ends; the child stays unreaped, so that its group keeps its number.
fn process(child: &Child) -> Option<OwnedFd> {
    let id = rustix::process::Pid::from_raw(child.id().try_into().ok()?)?;
    rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty()).ok()
}

/// Waits until something is to be done, or for the time at most.
fn wait(
    outs: &[Option<Drain>; 2],
    feed: Option<&Feed<'_>>,
    process: Option<&OwnedFd>,
    most: Duration,
) -> Result<()> {
    let mut fds: Vec<PollFd<'_>> = outs.iter().flatten().map(|o| PollFd::new(&o.0, PollFlags::IN)).collect();
    fds.extend(process.map(|p| PollFd::new(p, PollFlags::IN)));
    fds.extend(feed.map(|f| PollFd::new(&f.pipe, PollFlags::OUT)));
    let most = if process.is_some() { most } else { most.min(GLANCE) };
    let most = Timespec::try_from(most).ok();
    match poll(&mut fds, most.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// Whether the child has ended.
fn exited(child: &mut Child, process: Option<&OwnedFd>) -> Result<bool> {
    match process {
        Some(process) => {
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            Ok(poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0))
        }
        None => Ok(child.try_wait()?.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::program::{Pipes, Program};
    use super::*;

    const MOST: usize = 4 << 20;

    fn attended(script: &str, input: &[u8], limit: Duration) -> Option<(Option<i32>, [Vec<u8>; 2])> {
        let running = Program::clean("/bin/sh").args(["-c", script]).start(Pipes::All).unwrap();
        let Ended { status, stdout, stderr } = running.attend(input, limit, MOST).unwrap();
        status.map(|status| (status.code(), [stdout, stderr]))
    }

    #[test]
    fn more_than_a_pipe_holds_goes_both_ways() {
        let input: Vec<u8> = (0..1 << 20).map(|n| (n % 251) as u8).collect();
        let long = Duration::from_secs(60);
        let (code, [out, err]) = attended("cat; echo bad >&2; exit 3", &input, long).unwrap();
        assert_eq!((code, err.as_slice()), (Some(3), b"bad\n".as_slice()));
        assert!(out == input);
        // One that reads nothing.
        let (code, [out, _]) = attended("echo early", &input, long).unwrap();
        assert_eq!((code, out.as_slice()), (Some(0), b"early\n".as_slice()));
    }

    #[test]
    fn what_was_said_before_the_limit_counts_and_no_more_than_is_kept() {
        let script = "printf 0123456789; printf bad >&2; sleep 60";
        let running = Program::clean("/bin/sh").args(["-c", script]).start(Pipes::All).unwrap();
        let ended = running.attend(b"", Duration::from_millis(500), 4).unwrap();
        assert_eq!(
            (ended.status, ended.stdout.as_slice(), ended.stderr.as_slice()),
            (None, &b"0123"[..], &b"bad"[..])
        );
    }

    #[test]
    fn one_that_stays_is_told_from_one_that_ended() {
        let short = Duration::from_millis(300);
        for stays in ["sleep 60", "exec >&- 2>&-; sleep 60", "while :; do echo; done", "cat /dev/zero"] {
            assert_eq!(attended(stays, b"", short), None, "{stays}");
        }
        // Its child holds the pipes; what it said before counts.
        let (code, [out, _]) = attended("sleep 60 & echo said", b"", Duration::from_secs(60)).unwrap();
        assert_eq!((code, out.as_slice()), (Some(0), b"said\n".as_slice()));
    }
}

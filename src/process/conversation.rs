//! A program that is talked to line by line.

use super::program::{Pipes, Program};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longest a line of its may be, bytes.
const LINE: u64 = 1024;

/// The program, and the two ends of what is said. It ends with this value.
#[derive(Debug)]
pub struct Conversation {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Conversation {
    /// Starts a program.
    pub fn with(program: Program) -> std::io::Result<Conversation> {
        let mut child = program.start(Pipes::All)?.child;
        let (Some(input), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("no pipe"));
        };
        let (send, lines) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(out);
            loop {
                let mut line = String::new();
                match reader.by_ref().take(LINE).read_line(&mut line) {
                    Ok(n) if n > 0 => {
                        if send.send(line.trim_end().to_string()).is_err() {
                            break;
                        }
                    }
                    _ => break,
                }
            }
        });
        Ok(Conversation { child, input, lines })
    }

    /// Says a line. One that is gone does not hear it; its last line tells why.
    pub fn say(&mut self, line: &str) {
        let _ = writeln!(self.input, "{line}");
    }

    /// Its next line, without what ends it; `None` where none comes within the limit.
    pub fn line(&self, limit: Duration) -> Option<String> {
        self.lines.recv_timeout(limit).ok()
    }

    /// Ends it: how it ended, and the first line that it wrote on standard error.
    pub fn end(&mut self) -> (String, String) {
        self.child.kill().ok();
        let ended = self.child.wait().map_or("it is gone".to_string(), |status| status.to_string());
        let mut said = String::new();
        if let Some(err) = self.child.stderr.take() {
            err.take(LINE * 4).read_to_string(&mut said).ok();
        }
        (ended, said.lines().next().unwrap_or("").trim().to_string())
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_answered_and_the_end_is_told() {
        let script = "while read line; do echo \"heard $line\"; done; echo why >&2; exit 3";
        let mut both = Conversation::with(Program::clean("/bin/sh").args(["-c", script])).unwrap();
        let long = Duration::from_secs(60);
        for word in ["one", "two"] {
            both.say(word);
            assert_eq!(both.line(long), Some(format!("heard {word}")));
        }
        assert_eq!(both.line(Duration::from_millis(50)), None);
        let mut gone = Conversation::with(Program::clean("/bin/sh").args(["-c", "echo why >&2"])).unwrap();
        assert_eq!(gone.line(long), None);
        assert_eq!(gone.end().1, "why");
    }
}

//! The real runner: one `probes/runner.c` process a job, its protocol, its time limit.

use super::runner::{Fault, Job, Pair, Planted, Runner, Samples, Turn, Which};
use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use wait_timeout::ChildExt;

/// Least CPU time of a timed sample, ns: a thousand times what reading the clocks costs.
pub const SAMPLE_NS: u64 = 250_000;
/// No sample takes longer: a clock that says so was set back meanwhile.
const LONGEST_NS: u64 = 600_000_000_000;
/// A runner says far less than this.
const MAX_OUTPUT: u64 = 4 << 20;

/// Starts the compiled runner, pinned to one CPU.
#[derive(Clone, Debug)]
pub struct ProcessRunner {
    /// The runner's executable.
    pub executable: PathBuf,
    /// The logical CPU it pins itself to.
    pub cpu: u32,
    /// Wall time after which it is killed. Hanging kernels end sooner, by CPU time.
    pub limit: Duration,
}

impl Runner for ProcessRunner {
    fn run(&self, job: &Job) -> Result<Samples, Fault> {
        let process = |e: std::io::Error| Fault::Machine(e.to_string());
        let numbers = [
            u64::from(std::process::id()),
            u64::from(self.cpu),
            u64::from(job.dataset),
            job.seed,
            u64::from(job.pairs),
            SAMPLE_NS,
            job.warm_ns,
            job.draw,
            u64::from(job.planted.unit),
            u64::from(job.planted.more_a),
            u64::from(job.planted.more_b),
            self.limit.as_secs().max(1),
        ];
        let mut child = Command::new(&self.executable)
            .args(numbers.map(|n| n.to_string()))
            .args([&job.a, &job.b])
            .env_clear()
            .env("LC_ALL", "C")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(process)?;
        let Some(out) = child.stdout.take() else { return Err(Fault::Machine("no pipe".into())) };
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let mut bytes = Vec::new();
                out.take(MAX_OUTPUT).read_to_end(&mut bytes).ok();
                String::from_utf8_lossy(&bytes).into_owned()
            });
            let status = child.wait_timeout(self.limit).map_err(process)?;
            // Whatever it started holds the pipe as well.
            crate::toolchain::end_group(child.id());
            if status.is_none() {
                child.kill().ok();
                child.wait().ok();
            }
            let text = reader.join().unwrap_or_default();
            let ended = match status {
                None => format!("no end after {} s", self.limit.as_secs()),
                Some(s) => s.to_string(),
            };
            parse(&text, job, &ended)
        })
    }
}

/// Reads the protocol described at the head of `probes/runner.c`. `ended` tells how the process ended.
pub fn parse(text: &str, job: &Job, ended: &str) -> Result<Samples, Fault> {
    let broken =
        |line: &str| Fault::Process(format!("odd answer {:?}", line.chars().take(80).collect::<String>()));
    let number = |word: &str, line: &str| word.parse::<u64>().map_err(|_| broken(line));
    // A line without its end was cut off.
    let mut lines = text[..text.rfind('\n').map_or(0, |end| end + 1)].lines();
    match lines.next() {
        Some("runner 1") => {}
        // A limit or a pin that fails comes before the greeting.
        Some(line) if line.starts_with("fail ") => return Err(fault(line)),
        Some(line) => return Err(broken(line)),
        None => return Err(Fault::Process(format!("no answer ({ended})"))),
    }
    let mut samples = Samples::default();
    let mut turns: Vec<(bool, Turn)> = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["end"] => {
                samples.pairs = pair_up(&turns).ok_or_else(|| broken(line))?;
                return if samples.pairs.len() == job.pairs as usize {
                    Ok(samples)
                } else {
                    Err(broken(line))
                };
            }
            ["reps", reps] => samples.reps = number(reps, line)?,
            ["check", a, b] => same_result(number(a, line)?, number(b, line)?, job)?,
            ["turn", which @ ("a" | "b"), cpu, wall, switches, checksum] => {
                let turn = Turn {
                    cpu_ns: number(cpu, line)?,
                    wall_ns: number(wall, line)?,
                    switches: switches.parse().map_err(|_| broken(line))?,
                    checksum: number(checksum, line)?,
                };
                steady(&turn)?;
                turns.push((which == "a", turn));
                if let [.., (x_is_a, x), (y_is_a, y)] = turns[..]
                    && turns.len().is_multiple_of(2)
                    && x_is_a != y_is_a
                    && job.planted == Planted::NONE
                {
                    let (a, b) = if x_is_a { (x, y) } else { (y, x) };
                    same_result(a.checksum, b.checksum, job)?;
                }
            }
            ["fail", ..] => return Err(fault(line)),
            _ => return Err(broken(line)),
        }
    }
    Err(Fault::Process(format!("its answer broke off ({ended})")))
}

/// Refuses what no sample can have lasted: a clock stood still or stepped.
pub(super) fn steady(turn: &Turn) -> Result<(), Fault> {
    if (1..=LONGEST_NS).contains(&turn.cpu_ns) {
        return Ok(());
    }
    Err(Fault::Machine(format!("a CPU clock that stood still or stepped: a sample of {} ns", turn.cpu_ns)))
}

fn same_result(a: u64, b: u64, job: &Job) -> Result<(), Fault> {
    if a == b { Ok(()) } else { Err(Fault::WrongResult { a, b, dataset: job.dataset }) }
}

fn pair_up(turns: &[(bool, Turn)]) -> Option<Vec<Pair>> {
    turns
        .chunks(2)
        .map(|two| match two {
            [(true, a), (false, b)] | [(false, b), (true, a)] => Some(Pair { a: *a, b: *b }),
            _ => None,
        })
        .collect()
}

/// A `fail` line as the fault it reports.
pub(super) fn fault(line: &str) -> Fault {
    let mut words = line.splitn(4, ' ').skip(1);
    let which = match words.next() {
        Some("a") => Which::A,
        Some("b") => Which::B,
        _ => Which::Neither,
    };
    let (what, detail) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    match (which, what) {
        (Which::Neither, "pin") => Fault::Machine(format!(
            "cannot pin itself to its CPU ({detail}), which went offline or out of this process's cpuset; choose another with --cpu"
        )),
        (Which::Neither, "limit") => Fault::Machine(format!("{what} {detail}")),
        (Which::Neither, _) => Fault::Process(format!("{what} {detail}")),
        (_, "symbol") => Fault::NotAKernel { which, what: format!("no function {detail}") },
        (_, "slow" | "usage" | "foreign") => Fault::NotAKernel { which, what: detail.to_string() },
        (_, "signal") => Fault::Crashed { which, what: signal(detail) },
        (_, "hang") => Fault::Crashed { which, what: format!("no end after {detail}") },
        _ => Fault::Crashed { which, what: format!("{what}: {detail}") },
    }
}

/// The name of a signal that the runner reports by its number.
fn signal(number: &str) -> String {
    let names = [
        (4, "SIGILL"),
        (5, "SIGTRAP"),
        (6, "SIGABRT"),
        (7, "SIGBUS"),
        (8, "SIGFPE"),
        (11, "SIGSEGV"),
        (31, "SIGSYS"),
    ];
    let known = names.iter().find(|(n, _)| number.parse() == Ok(*n));
    known.map_or(format!("signal {number}"), |(_, name)| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(pairs: u32) -> Job {
        Job {
            a: "/a".into(),
            b: "/b".into(),
            dataset: 1,
            seed: 1,
            pairs,
            warm_ns: 0,
            draw: 1,
            planted: Planted::NONE,
        }
    }

    #[test]
    fn a_whole_answer_becomes_pairs_whatever_the_order_of_turns() {
        let text = "runner 1\ncheck 5 5\nreps 19\nturn b 100 110 0 7\nturn a 200 210 1 7\nturn a 50 50 0 7\n\
                    turn b 50 50 0 7\nend\n";
        let samples = parse(text, &job(2), "exit 0").unwrap();
        assert_eq!((samples.reps, samples.pairs.len()), (19, 2));
        assert_eq!((samples.pairs[0].a.cpu_ns, samples.pairs[0].b.cpu_ns), (200, 100));
        assert!((samples.pairs[0].effect() - 100.0 * 2f64.ln()).abs() < 1e-9 && samples.pairs[0].preempted());
        assert_eq!(samples.pairs[1].effect(), 0.0);
    }

    #[test]
    fn every_way_to_fail_has_its_own_fault() {
        let of = |text: &str| parse(text, &job(1), "signal 9").unwrap_err();
        assert_eq!(
            of("runner 1\nfail b signal 11\n"),
            Fault::Crashed { which: Which::B, what: "SIGSEGV".into() }
        );
        assert!(matches!(
            of("runner 1\nfail a symbol probe_run\n"),
            Fault::NotAKernel { which: Which::A, .. }
        ));
        assert!(matches!(of("runner 1\ncheck 1 2\n"), Fault::WrongResult { a: 1, b: 2, dataset: 1 }));
        assert!(matches!(
            of("runner 1\nreps 1\nturn a 1 1 0 3\nturn b 1 1 0 4\nend\n"),
            Fault::WrongResult { a: 3, b: 4, .. }
        ));
        for broken in [
            "",
            "hello",
            "runner 1\n",
            "runner 1\nreps x\n",
            "runner 1\nreps 1\nend\n",
            "runner 1\nturn a 1 1 0 1\nturn a 1 1 0 1\nend\n",
            "runner 1\nreps 1\nturn a 1",
        ] {
            assert!(matches!(of(broken), Fault::Process(_)), "{broken:?}");
        }
        for machine in ["fail - pin x\n", "runner 1\nturn a 0 1 0 1\n", "fail - limit x\n"] {
            assert!(matches!(of(machine), Fault::Machine(_)), "{machine:?}");
        }
    }
}

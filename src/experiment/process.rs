//! The real sampler: one `probes/runner.c` process a layout, its protocol, its time limit.

use super::sampler::{Fault, Job, Pair, Planted, Sampler, Samples, Which};
use crate::process::Program;
use std::path::{Path, PathBuf};
use std::str::Lines;
use std::time::Duration;

/// Least CPU time of a timed sample, ns: several hundred times what reading the clock costs, and short beside the
/// milliseconds for which another process disturbs.
pub const SAMPLE_NS: u64 = 120_000;
/// CPU time that one entry may use, s.
const ENTRY_CPU_S: u64 = 60;
/// No pair takes longer: a clock that says so was set back meanwhile.
const LONGEST_NS: u64 = 600_000_000_000;
/// A process says far less than this.
const MAX_OUTPUT: u64 = 16 << 20;

/// Starts the compiled runner, pinned to one CPU.
#[derive(Clone, Debug)]
pub struct ProcessSampler {
    /// The runner's executable.
    pub executable: PathBuf,
    /// The logical CPU it pins itself to.
    pub cpu: u32,
    /// Wall time after which it is killed. Hanging kernels end sooner, each by its own limit.
    pub limit: Duration,
}

impl Sampler for ProcessSampler {
    fn run(&self, job: &Job) -> Result<Vec<Result<Samples, Fault>>, Fault> {
        let numbers = [
            u64::from(std::process::id()),
            u64::from(self.cpu),
            job.draw,
            SAMPLE_NS,
            job.warm_ns,
            ENTRY_CPU_S,
            u64::from(job.planted.unit),
            u64::from(job.planted.more_a),
            u64::from(job.planted.more_b),
        ];
        let entry = |e: &super::sampler::Entry| {
            let numbers = [u64::from(e.kernel), u64::from(e.dataset), e.seed, e.calls, u64::from(e.pairs)];
            let numbers = numbers.map(|n| n.to_string()).join(":");
            format!("{numbers}:{}", u8::from(e.planted))
        };
        let program = measuring(&self.executable)
            .args(["measure"])
            .args(numbers.map(|n| n.to_string()))
            .args([&job.a, &job.b])
            .args(job.entries.iter().map(entry));
        let (text, ended) = answer(program, self.limit, MAX_OUTPUT)?;
        parse(&text, job, &ended)
    }
}

/// A measuring process: its environment says what it may read, and it has a group of its own.
pub(super) fn measuring(executable: &Path) -> Program {
    Program::clean(executable).env("HWTUNE_READS", crate::files::readable()).folder(Path::new("/"))
}

/// Runs a measuring process: what it says, at most so many bytes, and how it ended. One that outlives the limit is killed.
pub(super) fn answer(program: Program, limit: Duration, most: u64) -> Result<(String, String), Fault> {
    let (said, status) = program.answer(limit, most).map_err(|e| Fault::Machine(e.to_string()))?;
    let ended = match status {
        None => format!("no end after {} s", limit.as_secs()),
        Some(status) => status.to_string(),
    };
    Ok((String::from_utf8_lossy(&said).into_owned(), ended))
}

/// One entry's answer while it is read.
#[derive(Default)]
struct Reading {
    samples: Samples,
    fault: Option<Fault>,
    whole: bool,
}

impl Reading {
    /// The answer. A child that ended without a fault of its own and without its sums left by itself.
    fn answer(self, pairs: u32) -> Result<Samples, Fault> {
        match self.fault {
            Some(fault) => Err(fault),
            None if self.whole && self.samples.pairs.len() == pairs as usize => {
                Ok(Samples { pairs: steady(self.samples.pairs)?, ..self.samples })
            }
            None => Err(Fault::Process("the kernel called exit(); it must return".into())),
        }
    }
}

/// The lines of an answer after its greeting. A line without its end was cut off, and is left out.
pub(super) fn greeted<'t>(text: &'t str, greeting: &str, ended: &str) -> Result<Lines<'t>, Fault> {
    let mut lines = text[..text.rfind('\n').map_or(0, |end| end + 1)].lines();
    match lines.next() {
        Some(line) if line == greeting => Ok(lines),
        // A limit or a pin that fails comes before the greeting.
        Some(line) if line.starts_with("fail ") => Err(fault(line)),
        Some(line) => Err(broken(line)),
        None => Err(Fault::Process(format!("no answer ({ended})"))),
    }
}

/// A line that the protocol does not have.
pub(super) fn broken(line: &str) -> Fault {
    Fault::Process(format!("odd answer {:?}", line.chars().take(80).collect::<String>()))
}

/// Reads the protocol described at the head of `probes/runner.c`. `ended` tells how the process ended. A fault is that
/// of the entry in which it came; one of the process itself is an error.
pub fn parse(text: &str, job: &Job, ended: &str) -> Result<Vec<Result<Samples, Fault>>, Fault> {
    let lines = greeted(text, "runner 2", ended)?;
    let mut answers: Vec<Reading> = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        if words == ["end"] {
            if answers.len() != job.entries.len() {
                return Err(broken(line));
            }
            let asked = job.entries.iter().map(|e| e.pairs);
            return Ok(answers.into_iter().zip(asked).map(|(one, pairs)| one.answer(pairs)).collect());
        }
        if let ["entry", number] = words[..] {
            if number.parse() != Ok(answers.len()) || answers.len() == job.entries.len() {
                return Err(broken(line));
            }
            answers.push(Reading::default());
            continue;
        }
        let at = answers.len().wrapping_sub(1);
        let (Some(one), Some(entry)) = (answers.last_mut(), job.entries.get(at)) else {
            return Err(if words[0] == "fail" { fault(line) } else { broken(line) });
        };
        if one.fault.is_some() {
            continue;
        }
        let number = |word: &str| word.parse::<u64>().map_err(|_| broken(line));
        let sums = |a: &str, b: &str| -> Result<(bool, Option<Fault>), Fault> {
            let (a, b) = (number(a)?, number(b)?);
            let same = a == b || (entry.planted && job.planted != Planted::NONE);
            let wrong = !same && !entry.bounded;
            Ok((!same, wrong.then_some(Fault::WrongResult { a, b, dataset: entry.dataset })))
        };
        match words[..] {
            ["calls", calls] => one.samples.calls = number(calls)?,
            [what @ ("check" | "sum"), a, b] => {
                let (differ, fault) = sums(a, b)?;
                (one.samples.differ, one.fault) = (one.samples.differ || differ, fault);
                one.whole |= what == "sum";
            }
            ["pair", a, b, wall, switches] => {
                let switches = switches.parse().map_err(|_| broken(line))?;
                let pair = Pair { a_ns: number(a)?, b_ns: number(b)?, wall_ns: number(wall)?, switches };
                one.samples.pairs.push(pair);
            }
            ["fail", ..] => match fault(line) {
                // The process itself cannot go on.
                machine @ Fault::Machine(_) => return Err(machine),
                fault => one.fault = Some(fault),
            },
            _ => return Err(broken(line)),
        }
    }
    Err(Fault::Process(format!("its answer broke off ({ended})")))
}

/// The pairs without those in which a sample lasted what none can have lasted: a virtual machine's clock stands still now and then
/// (once in a million readings on a KVM guest). Pairs go by twos, which take opposite orders. Often, and the clock is none.
pub(super) fn steady(pairs: Vec<Pair>) -> Result<Vec<Pair>, Fault> {
    let odd = |pair: &Pair| [pair.a_ns, pair.b_ns].into_iter().find(|ns| !(1..=LONGEST_NS).contains(ns));
    let Some(example) = pairs.iter().find_map(odd) else { return Ok(pairs) };
    let twos = pairs.chunks(2).filter(|two| two.iter().all(|pair| odd(pair).is_none()));
    let kept: Vec<Pair> = twos.flatten().copied().collect();
    if kept.len() * 4 < pairs.len() * 3 {
        let why = format!("a CPU clock stood still or stepped: samples of {example} ns");
        return Err(Fault::Machine(why));
    }
    Ok(kept)
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
        (Which::Neither, "hang") => Fault::Crashed { which, what: format!("no end after {detail}") },
        (_, "sleep") => Fault::Crashed { which, what: format!("sleeps: no CPU time in {detail}") },
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
    use super::super::sampler::Entry;
    use super::*;

    fn job(pairs: &[u32]) -> Job {
        let entry = |(i, pairs): (usize, &u32)| Entry {
            kernel: i as u32,
            dataset: 1,
            seed: 1,
            calls: 0,
            pairs: *pairs,
            planted: false,
            bounded: false,
        };
        Job {
            a: "/a".into(),
            b: "/b".into(),
            warm_ns: 0,
            draw: 1,
            planted: Planted::NONE,
            entries: pairs.iter().enumerate().map(entry).collect(),
        }
    }

    #[test]
    fn a_whole_answer_becomes_pairs_of_each_entry() {
        let text = "runner 2\nentry 0\ncheck 5 5\ncalls 19\npair 200 100 330 1\npair 50 50 99 0\nsum 7 7\n\
                    entry 1\ncheck 1 1\ncalls 3\nsum 2 2\nend\n";
        let found = parse(text, &job(&[2, 0]), "exit 0").unwrap();
        let one = found[0].as_ref().unwrap();
        assert_eq!((one.calls, one.pairs.len()), (19, 2));
        assert!((one.pairs[0].effect() - 100.0 * 2f64.ln()).abs() < 1e-9 && one.pairs[0].preempted());
        assert_eq!(one.pairs[1].effect(), 0.0);
        assert_eq!(found[1], Ok(Samples { calls: 3, ..Samples::default() }));
    }

    #[test]
    fn a_clock_that_steps_once_costs_two_pairs_and_one_that_often_does_the_entry() {
        let pair = |a_ns| Pair { a_ns, b_ns: 100, wall_ns: 230, switches: 0 };
        let of = |spans: &[u64]| steady(spans.iter().map(|ns| pair(*ns)).collect());
        assert_eq!(of(&[99, 98]).unwrap(), [pair(99), pair(98)]);
        // Of two that took opposite orders none is left alone.
        assert_eq!(of(&[1, 2, 3, 4, 5, 0, 7, 8]).unwrap(), [1, 2, 3, 4, 7, 8].map(pair));
        assert_eq!(of(&[1, 2, 3, 4, LONGEST_NS + 1, 6, 7, 8]).unwrap().len(), 6);
        assert!(matches!(of(&[1, 2, 3, 0, 5, 0, 7, 8]), Err(Fault::Machine(_))));
        assert!(matches!(of(&[0]), Err(Fault::Machine(why)) if why.contains("0 ns")));
    }

    #[test]
    fn a_fault_costs_its_own_entry_alone() {
        let good = "entry 1\ncheck 1 1\ncalls 3\npair 5 5 5 0\nsum 2 2\nend\n";
        let of = |first: &str| {
            let text = format!("runner 2\nentry 0\n{first}{good}");
            let mut found = parse(&text, &job(&[1, 1]), "exit 0").unwrap();
            assert!(found[1].is_ok(), "{first}");
            found.remove(0).unwrap_err()
        };
        let crash = Fault::Crashed { which: Which::B, what: "SIGSEGV".into() };
        assert_eq!(of("check 1 1\nfail b signal 11\n"), crash);
        assert!(matches!(of("fail a symbol probe_run\n"), Fault::NotAKernel { which: Which::A, .. }));
        assert!(matches!(of("check 1 2\n"), Fault::WrongResult { a: 1, b: 2, dataset: 1 }));
        assert!(matches!(
            of("check 1 1\ncalls 1\npair 1 1 1 0\nsum 3 4\n"),
            Fault::WrongResult { a: 3, b: 4, .. }
        ));
        assert!(matches!(of("check 1 1\ncalls 1\npair 0 1 1 0\nsum 1 1\n"), Fault::Machine(_)));
        assert!(matches!(of("fail - hang 20 s\n"), Fault::Crashed { which: Which::Neither, .. }));
        // It ended without a word, or said so little that it cannot have been measured.
        for short in ["", "check 1 1\ncalls 1\n", "check 1 1\nsum 1 1\n"] {
            assert!(matches!(of(short), Fault::Process(why) if why.contains("exit()")), "{short}");
        }
    }

    #[test]
    fn other_bits_are_no_fault_where_the_size_of_an_error_is_promised() {
        for (sums, differ) in [(["5 5", "7 7"], false), (["5 6", "7 8"], true), (["5 5", "7 8"], true)] {
            let text = format!("runner 2\nentry 0\ncheck {}\ncalls 3\nsum {}\nend\n", sums[0], sums[1]);
            let mut job = job(&[0]);
            job.entries[0].bounded = true;
            let found = parse(&text, &job, "exit 0").unwrap();
            assert_eq!(found[0], Ok(Samples { calls: 3, differ, ..Samples::default() }), "{text}");
        }
    }

    #[test]
    fn what_is_odd_is_no_answer_at_all() {
        for broken in [
            "",
            "hello",
            "runner 2\n",
            "runner 2\nentry 1\n",
            "runner 2\nend\n",
            "runner 2\nentry 0\ncalls x\n",
            "runner 2\nentry 0\nentry 1\nend\n",
            "runner 2\nentry 0\npair 1 1",
            "runner 2\nwhat\n",
        ] {
            assert!(matches!(parse(broken, &job(&[1]), "signal 9"), Err(Fault::Process(_))), "{broken:?}");
        }
        for machine in ["fail - pin x\n", "fail - limit x\n", "runner 2\nfail - limit x\n"] {
            assert!(matches!(parse(machine, &job(&[1]), "exit 4"), Err(Fault::Machine(_))), "{machine:?}");
        }
    }
}

//! Two measuring processes in lockstep, each under its own loader and C library: one runs while the other sleeps.

use super::process::{SAMPLE_NS, fault, measuring, steady};
use super::sampler::{Entry, Fault, Job, Pair, Sampler, Samples, Which};
use crate::process::{Conversation, Program};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One call may take this long, in CPU time; as in `probes/runner.c`.
const CALL_LIMIT_NS: u64 = 1_000_000_000;

/// A loader and the folders it takes C libraries from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loader {
    /// `ld-linux-x86-64.so.2`.
    pub executable: PathBuf,
    /// Folders, joined by colons.
    pub libraries: String,
    /// Where `iconv` finds its modules, if not where the library was built to look for them.
    pub modules: Option<PathBuf>,
}

/// Starts two processes a job and passes the token back and forth.
#[derive(Clone, Debug)]
pub struct Lockstep {
    /// The compiled `probes/lockstep.c`.
    pub executable: PathBuf,
    /// The loaders of build A and of build B.
    pub loaders: [Loader; 2],
    /// The logical CPU both pin themselves to.
    pub cpu: u32,
    /// Wall time after which an answer is not waited for any longer.
    pub limit: Duration,
}

impl Sampler for Lockstep {
    fn run(&self, job: &Job) -> Result<Vec<Result<Samples, Fault>>, Fault> {
        let mut random = ChaCha8Rng::seed_from_u64(job.draw);
        let a = Walker::start(self, &self.loaders[0], &job.a, (random.random(), Which::A))?;
        let b = Walker::start(self, &self.loaders[1], &job.b, (random.random(), Which::B))?;
        let mut both = [a, b];
        let first = usize::from(random.random::<bool>());
        for at in [first, 1 - first] {
            both[at].greeted()?;
        }
        let mut answers = Vec::new();
        for entry in &job.entries {
            let answer = measured(&mut both, entry, job.warm_ns, &mut random);
            // A process that is gone has no further answers; each entry from here on says so by the same fault.
            answers.push(answer);
            both.iter_mut().for_each(Walker::next);
        }
        Ok(answers)
    }
}

/// One entry, in a child of either process.
fn measured(
    both: &mut [Walker; 2],
    entry: &Entry,
    warm_ns: u64,
    random: &mut ChaCha8Rng,
) -> Result<Samples, Fault> {
    let mut order = [usize::from(random.random::<bool>()), 0];
    order[1] = 1 - order[0];
    for at in order {
        both[at].begin(entry)?;
    }
    let calls = match entry.calls {
        0 => calibrate(both, entry, order)?,
        known => known,
    };
    // A process that slept finds its caches and its frequency changed: each sample follows one that is not timed.
    let warm = calls * (warm_ns / SAMPLE_NS + 1);
    let mut samples = Samples { calls, ..Samples::default() };
    let mut first = 0;
    for number in 0..entry.pairs {
        // Drawn for every two pairs, which take opposite orders.
        first = if number % 2 == 0 { usize::from(random.random::<bool>()) } else { 1 - first };
        let mut pair = Pair::default();
        let mut sums = [0; 2];
        for at in [first, 1 - first] {
            let turn = both[at].turn(calls, warm)?;
            *(if at == 0 { &mut pair.a_ns } else { &mut pair.b_ns }) = turn.cpu_ns;
            pair.wall_ns += turn.wall_ns;
            pair.switches = pair.switches.saturating_add(turn.switches);
            sums[at] = turn.checksum;
        }
        samples.differ |= differ(sums, entry)?;
        samples.pairs.push(pair);
    }
    Ok(Samples { pairs: steady(samples.pairs)?, ..samples })
}

/// The calls a sample, the same for both: the faster one's lasts [`SAMPLE_NS`] or more. Who runs first is drawn: see
/// `calibrate` in `probes/runner.c`.
fn calibrate(both: &mut [Walker; 2], entry: &Entry, order: [usize; 2]) -> Result<u64, Fault> {
    let mut calls = 1;
    loop {
        let mut spent = [0; 2];
        let mut sums = [0; 2];
        for at in order {
            let turn = both[at].turn(calls, 0)?;
            (spent[at], sums[at]) = (turn.cpu_ns, turn.checksum);
        }
        differ(sums, entry)?;
        let (faster, slower) = (spent[0].min(spent[1]), spent[0].max(spent[1]));
        if slower / calls > CALL_LIMIT_NS {
            let which = if slower == spent[0] { Which::A } else { Which::B };
            return Err(Fault::NotAKernel { which, what: "one probe_run takes over 1 s".into() });
        }
        if faster >= SAMPLE_NS {
            return Ok(calls);
        }
        let wanted = match faster {
            0 => calls * 16,
            ns => calls * SAMPLE_NS / ns + calls / 16 + 1,
        };
        calls = wanted.clamp(calls + 1, calls * 16);
    }
}

/// Whether the results are other bits; a fault where they may not be.
fn differ([a, b]: [u64; 2], entry: &Entry) -> Result<bool, Fault> {
    match a == b || entry.bounded {
        true => Ok(a != b),
        false => Err(Fault::WrongResult { a, b, dataset: entry.dataset }),
    }
}

/// One timed sample.
#[derive(Clone, Copy)]
struct Turn {
    cpu_ns: u64,
    wall_ns: u64,
    switches: u32,
    checksum: u64,
}

/// One of the two.
struct Walker {
    talk: Conversation,
    which: Which,
    libraries: String,
    limit: Duration,
}

impl Loader {
    /// A call of a program under this loader and its libraries.
    pub(super) fn starts(&self, program: &Path) -> Program {
        let call = measuring(&self.executable).args(["--library-path", &self.libraries]).args([program]);
        match &self.modules {
            Some(modules) => call.env("GCONV_PATH", modules),
            None => call,
        }
    }
}

impl Walker {
    fn start(
        lockstep: &Lockstep,
        loader: &Loader,
        driver: &Path,
        (draw, which): (u64, Which),
    ) -> Result<Walker, Fault> {
        let failed =
            |e: std::io::Error| Fault::Machine(format!("{}: {e}", crate::text::place(&loader.executable)));
        let limit = lockstep.limit.as_secs().max(1);
        let numbers = [u64::from(lockstep.cpu), draw, limit];
        let program = loader.starts(&lockstep.executable).args(numbers.map(|n| n.to_string())).args([driver]);
        let talk = Conversation::with(program).map_err(failed)?;
        let libraries = loader.libraries.clone();
        Ok(Walker { talk, which, libraries, limit: lockstep.limit })
    }

    /// Reads the greeting, and checks that the C library is the one that is to be measured.
    fn greeted(&mut self) -> Result<(), Fault> {
        match self.line()?.as_str() {
            "lockstep 2" => {}
            other => return Err(Fault::Process(format!("odd greeting {other:?}"))),
        }
        let said = self.line()?;
        let libc = said.strip_prefix("libc ").unwrap_or_default();
        let folder = Path::new(libc).parent().and_then(|f| std::fs::canonicalize(f).ok());
        let ours =
            |f: &PathBuf| self.libraries.split(':').any(|l| std::fs::canonicalize(l).is_ok_and(|l| l == *f));
        if !folder.as_ref().is_some_and(ours) {
            let what = format!("loads {libc}, not a C library of {}", self.libraries);
            return Err(Fault::NotAKernel { which: self.which, what });
        }
        Ok(())
    }

    /// Has an entry prepared in a child.
    fn begin(&mut self, entry: &Entry) -> Result<(), Fault> {
        self.talk.say(&format!("entry {} {} {}", entry.kernel, entry.dataset, entry.seed));
        match self.line()?.as_str() {
            "ready" => Ok(()),
            other => Err(Fault::Process(format!("odd answer {other:?}"))),
        }
    }

    /// Ends the entry at hand.
    fn next(&mut self) {
        self.talk.say("next");
    }

    fn turn(&mut self, calls: u64, warm: u64) -> Result<Turn, Fault> {
        self.talk.say(&format!("turn {calls} {warm}"));
        let line = self.line()?;
        let numbers: Option<Vec<u64>> = line
            .strip_prefix("turn ")
            .and_then(|rest| rest.split(' ').map(|word| word.parse().ok()).collect::<Option<Vec<u64>>>());
        match numbers.as_deref() {
            Some([cpu_ns, wall_ns, switches, checksum]) => Ok(Turn {
                cpu_ns: *cpu_ns,
                wall_ns: *wall_ns,
                switches: (*switches).try_into().unwrap_or(u32::MAX),
                checksum: *checksum,
            }),
            _ => Err(Fault::Process(format!("odd answer {line:?}"))),
        }
    }

    fn line(&mut self) -> Result<String, Fault> {
        match self.talk.line(self.limit) {
            Some(line) if line.starts_with("fail ") => Err(match fault(&line) {
                // It knows itself as `a` whichever it is.
                Fault::Crashed { which: Which::A, what } => Fault::Crashed { which: self.which, what },
                Fault::NotAKernel { which: Which::A, what } => Fault::NotAKernel { which: self.which, what },
                other => other,
            }),
            Some(line) => Ok(line),
            None => Err(self.gone()),
        }
    }

    /// What the loader said, where the process ended without a word of its own.
    fn gone(&mut self) -> Fault {
        let (ended, said) = self.talk.end();
        let what = if said.is_empty() { ended } else { said };
        Fault::NotAKernel { which: self.which, what }
    }
}

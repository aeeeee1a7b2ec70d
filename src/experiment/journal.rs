//! What a run measures, kept as it goes: a run that is killed loses nothing. One file a run in
//! `$XDG_CACHE_HOME/hwtune/runs`, a line a process; the same run started again finds its samples there and goes on.

use super::sampler::{Entry, Fault, Job, Sampler, Samples};
use crate::text::{hex, key};
use crate::toolchain::cache_folder;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// A machine changes: what was measured longer ago is measured again.
const FRESH: Duration = Duration::from_secs(6 * 3600);
/// Longer than any run makes it.
const LARGEST: u64 = 256 << 20;

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    /// What was tuned, with what, on which boot of which host.
    run: String,
    seed: u64,
}

/// Any further line: one process.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    job: String,
    took_ms: u64,
    samples: Vec<Samples>,
    /// Of all the others: a figure that lost a digit on its way to the disk is still a figure.
    sum: String,
}

impl Line {
    fn new(job: String, took_ms: u64, samples: Vec<Samples>) -> Line {
        let sum = Line::sum(&job, took_ms, &samples);
        Line { job, took_ms, samples, sum }
    }

    fn sum(job: &str, took_ms: u64, samples: &[Samples]) -> String {
        let samples = serde_json::to_string(samples).unwrap_or_default();
        hex(&key([job, &took_ms.to_string(), &samples])[..8])
    }

    fn whole(&self) -> bool {
        self.sum == Line::sum(&self.job, self.took_ms, &self.samples)
    }
}

/// A run's file and what stood in it.
#[derive(Debug, Default)]
pub struct Journal {
    path: Option<PathBuf>,
    file: Mutex<Option<File>>,
    known: HashMap<String, Line>,
    /// The seed to go on with.
    seed: Option<u64>,
}

impl Journal {
    /// The journal of a run, named by all that it depends on but the seed. What another run of the same name left is
    /// known again if it had the same seed, or where none is asked for.
    pub fn open(run: &[&str], seed: Option<u64>) -> Journal {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let run = hex(&key(run.iter().copied().chain([boot.trim()])));
        match cache_folder("runs") {
            Some(folder) => Journal::at(folder.join(format!("{run}.jsonl")), &run, seed),
            None => Journal::default(),
        }
    }

    fn at(path: PathBuf, run: &str, seed: Option<u64>) -> Journal {
        let old = read(&path).filter(|(head, known)| {
            head.run == run && seed.is_none_or(|s| s == head.seed) && !known.is_empty()
        });
        let (seed, known) = match old {
            Some((head, known)) => (Some(head.seed), known),
            None => (None, HashMap::new()),
        };
        Journal { path: Some(path), file: Mutex::new(None), known, seed }
    }

    /// The seed and the processes of a run that was cut off.
    pub fn left(&self) -> Option<(u64, usize)> {
        self.seed.map(|seed| (seed, self.known.len()))
    }

    /// Forgets what an earlier run left, so that this one starts from nothing.
    pub fn forget(&mut self) {
        self.known.clear();
        self.seed = None;
    }

    /// Opens the file for writing. Where it cannot be written nothing is kept.
    pub fn begin(&mut self, seed: u64) {
        let Some(path) = &self.path else { return };
        let Some(run) = path.file_stem().map(|n| n.to_string_lossy().into_owned()) else { return };
        let started = || -> std::io::Result<File> {
            if self.seed != Some(seed) {
                crate::files::replace_cached(path, &line(&Head { run, seed }))?;
            }
            let mut options = OpenOptions::new();
            let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
            let mut file = options.append(true).custom_flags(flags.bits() as i32).open(path)?;
            // A line that was cut off ends here.
            file.write_all(b"\n")?;
            Ok(file)
        };
        self.file = Mutex::new(started().ok());
    }

    /// The run is over and its profile written: nothing is to be gone on with.
    pub fn end(&self) {
        if let Some(path) = &self.path {
            std::fs::remove_file(path).ok();
        }
    }

    fn keep(&self, line_of: &Line) {
        if let Ok(mut file) = self.file.lock() {
            let written = file.as_mut().map(|f| f.write_all(&line(line_of)));
            if matches!(written, Some(Err(_))) {
                *file = None;
            }
        }
    }
}

/// A sampler whose samples are kept.
pub struct Journaled<'a> {
    sampler: &'a dyn Sampler,
    journal: &'a Journal,
    saved: Mutex<Duration>,
}

impl<'a> Journaled<'a> {
    /// Keeps in `journal` what `sampler` measures, and gives what stands there already.
    pub fn new(sampler: &'a dyn Sampler, journal: &'a Journal) -> Journaled<'a> {
        Journaled { sampler, journal, saved: Mutex::default() }
    }
}

impl Sampler for Journaled<'_> {
    fn run(&self, job: &Job) -> Result<Vec<Result<Samples, Fault>>, Fault> {
        // Checksums alone are quick, and whether a build still runs is better seen than remembered.
        let name = if job.entries.iter().all(|e| e.pairs == 0) { None } else { named(job) };
        if let Some(known) = name.as_ref().and_then(|n| self.journal.known.get(n)) {
            if let Ok(mut saved) = self.saved.lock() {
                *saved += Duration::from_millis(known.took_ms);
            }
            return Ok(known.samples.iter().cloned().map(Ok).collect());
        }
        let began = Instant::now();
        let answers = self.sampler.run(job)?;
        let whole: Option<Vec<Samples>> = answers.iter().map(|a| a.as_ref().ok().cloned()).collect();
        if let (Some(job), Some(samples)) = (name, whole) {
            let took_ms = began.elapsed().as_millis() as u64;
            self.journal.keep(&Line::new(job, took_ms, samples));
        }
        Ok(answers)
    }

    fn fixed_pairs(&self) -> Option<u32> {
        self.sampler.fixed_pairs()
    }

    fn saved(&self) -> Duration {
        self.saved.lock().map(|s| *s).unwrap_or_default()
    }
}

/// A job by the bytes of its builds: what differs in any of them is another job.
fn named(job: &Job) -> Option<String> {
    use sha2::{Digest as _, Sha256};
    let digest = |path: &Path| Some(hex(&Sha256::digest(std::fs::read(path).ok()?)));
    let Job { a, b, warm_ns, draw, planted, entries } = job;
    let entry = |e: &Entry| {
        let Entry { kernel, dataset, seed, calls, pairs, planted, bounded } = e;
        format!("{kernel} {dataset} {seed} {calls} {pairs} {planted} {bounded}")
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    let numbers = format!("{warm_ns} {draw} {planted:?} {}", entries.join(","));
    Some(hex(&key([digest(a)?.as_str(), digest(b)?.as_str(), &numbers])))
}

/// A journal's head and what it holds; a line that was cut off, or is none of ours, is passed over.
fn read(path: &Path) -> Option<(Head, HashMap<String, Line>)> {
    let age = SystemTime::now().duration_since(std::fs::metadata(path).ok()?.modified().ok()?);
    if age.is_ok_and(|a| a > FRESH) {
        return None;
    }
    let bytes = crate::files::bytes(path, LARGEST).ok()?;
    let mut lines = bytes.split(|b| *b == b'\n');
    let head = serde_json::from_slice(lines.next()?).ok()?;
    let known = lines.filter_map(|l| serde_json::from_slice::<Line>(l).ok()).filter(Line::whole);
    Some((head, known.map(|l| (l.job.clone(), l)).collect()))
}

fn line(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Pair, Planted};
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Counts(AtomicU32);

    impl Sampler for Counts {
        fn run(&self, job: &Job) -> Result<Vec<Result<Samples, Fault>>, Fault> {
            let n = u64::from(self.0.fetch_add(1, Ordering::Relaxed));
            let of = |e: &Entry| {
                let fault = Fault::Process("lost".into());
                let samples =
                    Samples { calls: n, pairs: vec![Pair::default(); e.pairs as usize], differ: false };
                if e.kernel == 99 { Err(fault) } else { Ok(samples) }
            };
            Ok(job.entries.iter().map(of).collect())
        }
    }

    fn job(a: &Path, b: &Path, draw: u64) -> Job {
        let entry =
            Entry { kernel: 0, dataset: 0, seed: 1, calls: 3, pairs: 2, planted: false, bounded: false };
        let entries = vec![entry, Entry { dataset: 1, ..entry }];
        Job { a: a.into(), b: b.into(), warm_ns: 0, draw, planted: Planted::NONE, entries }
    }

    #[test]
    fn a_run_that_was_cut_off_goes_on_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b, path] = ["a", "b", "r.jsonl"].map(|n| dir.path().join(n));
        std::fs::write(&a, "base").unwrap();
        std::fs::write(&b, "variant").unwrap();
        let job = |draw| job(&a, &b, draw);
        let counts = Counts(AtomicU32::new(7));
        let mut first = Journal::at(path.clone(), "r", None);
        assert_eq!(first.left(), None);
        first.begin(5);
        let measured = Journaled::new(&counts, &first).run(&job(1)).unwrap();
        drop(first);
        // It was killed in the middle of a line.
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"job\":\"ab");
        std::fs::write(&path, &text).unwrap();

        let mut next = Journal::at(path.clone(), "r", None);
        assert_eq!(next.left(), Some((5, 1)));
        next.begin(5);
        let runner = Journaled::new(&counts, &next);
        assert_eq!(runner.run(&job(1)).unwrap(), measured);
        assert_ne!(runner.run(&job(2)).unwrap(), measured, "another draw is another job");
        std::fs::write(&b, "another build").unwrap();
        assert_ne!(runner.run(&job(1)).unwrap(), measured);
        let mut faulty = job(9);
        faulty.entries[1].kernel = 99;
        assert!(runner.run(&faulty).unwrap()[1].is_err(), "what failed is not kept, and measured again");
        assert_eq!(Journal::at(path.clone(), "r", None).left(), Some((5, 3)));
        assert_eq!(Journal::at(path.clone(), "r", Some(6)).left(), None, "another seed is another run");
        assert_eq!(Journal::at(path.clone(), "q", None).left(), None);
        next.end();
        assert!(!path.exists());
    }

    #[test]
    fn a_place_that_cannot_be_written_is_no_journal() {
        let counts = Counts(AtomicU32::new(0));
        let mut none = Journal::at("/proc/none/r.jsonl".into(), "r", None);
        none.begin(1);
        let job = job(Path::new("/a"), Path::new("/b"), 1);
        assert!(Journaled::new(&counts, &none).run(&job).is_ok());
    }

    /// Bytes changed, cut and repeated: what a line says is what was measured, or the line is none.
    #[test]
    fn a_damaged_journal_is_less_and_never_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.jsonl");
        let job = |n: u64| {
            let samples = vec![Samples { calls: n, pairs: vec![Pair::default(); 2], differ: n % 2 == 1 }];
            Line::new(hex(&[n as u8; 16]), n, samples)
        };
        let head = line(&Head { run: "r".into(), seed: 7 });
        let whole = (0..20).fold(head, |all, n| [all, line(&job(n))].concat());
        let known = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path).map(|(_, known)| known).unwrap_or_default()
        };
        let all = known(&whole);
        assert_eq!(all.len(), 20);
        let mut seed = 1u64;
        for turn in 0..200 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let (at, byte) = ((seed >> 33) as usize % whole.len(), (seed >> 20) as u8);
            let mut bytes = whole.clone();
            match turn % 5 {
                0 => bytes.truncate(at),
                1 => bytes.extend_from_within(at..),
                2 => drop(bytes.drain(at..(at + usize::from(byte)).min(whole.len()))),
                3 => bytes[at] = b'0' + byte % 10,
                _ => bytes.splice(at..at, [b'\n', b'{', byte, 0xff]).for_each(drop),
            }
            for (name, line) in known(&bytes) {
                assert!(all.get(&name).is_some_and(|l| l.samples == line.samples), "turn {turn}: {line:?}");
            }
        }
    }
}

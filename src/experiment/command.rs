//! A sampler that runs a command: the CPU time of its whole process tree, in pairs in drawn order.

use super::sampler::{Entry, Fault, Job, Pair, Sampler, Samples, Which};
use crate::process::Program;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Least CPU time of a timed sample, ns: a run that is shorter is repeated within it.
const SAMPLE_NS: u64 = 20_000_000;
/// Most runs of a sample.
const MOST_CALLS: u64 = 64;
/// No command may say more.
const LARGEST: u64 = 4 << 30;
/// The variable that names the rebuilt file.
const TARGET: &str = "HWTUNE_TARGET";

/// What is run: a command for each data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchPlan {
    /// The commands, word by word.
    pub commands: Vec<Vec<String>>,
    /// The folder in which they run.
    pub folder: PathBuf,
    /// The file that the build made, in whose place the rebuilt one goes wherever a word names it.
    pub product: PathBuf,
    /// The SONAME of a shared library, by which a program finds the rebuilt one.
    pub soname: Option<String>,
}

impl BenchPlan {
    /// The words of a command with the rebuilt file in the product's place.
    fn words(&self, command: &[String], rebuilt: &Path) -> Vec<String> {
        let rebuilt = rebuilt.display().to_string();
        let same = |word: &String| {
            let path = self.folder.join(word);
            path == self.product
                || (word.contains('/')
                    && std::fs::canonicalize(&path).ok() == std::fs::canonicalize(&self.product).ok())
        };
        let of = |word: &String| if same(word) { rebuilt.clone() } else { word.replace("{}", &rebuilt) };
        command.iter().map(of).collect()
    }
}

/// Runs the commands of a plan.
#[derive(Clone, Debug)]
pub struct CommandSampler {
    /// The compiled `probes/bench.c`.
    pub executable: PathBuf,
    /// What is run.
    pub plan: BenchPlan,
    /// The logical CPU that everything is pinned to.
    pub cpu: u32,
    /// A folder of its own: the commands write there alone.
    pub folder: PathBuf,
    /// Wall time after which a command hangs.
    pub limit: Duration,
}

/// One run.
struct Ran {
    cpu_ns: u64,
    wall_ns: u64,
    switches: u32,
    output: u64,
}

impl Sampler for CommandSampler {
    fn run(&self, job: &Job) -> Result<Vec<Result<Samples, Fault>>, Fault> {
        let mut random = ChaCha8Rng::seed_from_u64(job.draw);
        let files = [self.placed("a", &job.a)?, self.placed("b", &job.b)?];
        let mut answers = Vec::new();
        for entry in &job.entries {
            match self.entry(entry, &files, &mut random) {
                Err(machine @ Fault::Machine(_)) => return Err(machine),
                answer => answers.push(answer),
            }
        }
        Ok(answers)
    }

    fn fixed_pairs(&self) -> Option<u32> {
        Some(1)
    }
}

impl CommandSampler {
    /// Whether the commands run the rebuilt file: with one that cannot run they fail or say something else.
    pub fn reaches_target(&self, sound: &Path) -> Result<bool, Fault> {
        let broken = self.folder.join("broken");
        std::fs::write(&broken, b"no program\n").map_err(machine)?;
        let good = self.placed("a", sound)?;
        let bad = self.placed("b", &broken)?;
        for command in &self.plan.commands {
            let (with, without) = (self.once(command, &good, Which::A), self.once(command, &bad, Which::B));
            if let (Ok(with), Ok(without)) = (with, without)
                && with.output == without.output
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A folder in which the file has the name that it was built with: a program may go by its own name.
    fn placed(&self, side: &str, file: &Path) -> Result<PathBuf, Fault> {
        let folder = self.folder.join(side);
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).map_err(machine)?;
        let own = self.plan.product.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut names = vec![own];
        names.extend(self.plan.soname.clone());
        for name in names {
            let link = folder.join(name);
            if !link.is_symlink() {
                std::os::unix::fs::symlink(file, link).map_err(machine)?;
            }
        }
        Ok(folder.join(self.plan.product.file_name().unwrap_or_default()))
    }

    fn entry(&self, entry: &Entry, files: &[PathBuf; 2], random: &mut ChaCha8Rng) -> Result<Samples, Fault> {
        let Some(command) = self.plan.commands.get(entry.dataset as usize) else {
            return Err(Fault::NotAKernel { which: Which::Neither, what: "no such data set".into() });
        };
        let which = [Which::A, Which::B];
        let run = |at: usize| self.once(command, &files[at], which[at]);
        let mut expected = [None; 2];
        let mut same = |at: usize, ran: &Ran| {
            let first = *expected[at].get_or_insert(ran.output);
            match (expected[0], expected[1]) {
                (Some(a), Some(b)) if a != b || ran.output != first => Err(Fault::WrongResult {
                    a,
                    b: if ran.output != first { ran.output } else { b },
                    dataset: entry.dataset,
                }),
                _ => Ok(()),
            }
        };
        let mut calls = entry.calls;
        if calls == 0 || entry.pairs == 0 {
            let first = usize::from(random.random::<bool>());
            let mut fastest = u64::MAX;
            for at in [first, 1 - first] {
                let ran = run(at)?;
                same(at, &ran)?;
                fastest = fastest.min(ran.cpu_ns);
            }
            calls = (SAMPLE_NS / fastest.max(1) + 1).min(MOST_CALLS);
        }
        let mut samples = Samples { calls, ..Samples::default() };
        for _ in 0..entry.pairs {
            let first = usize::from(random.random::<bool>());
            let mut pair = Pair::default();
            for at in [first, 1 - first, 1 - first, first] {
                for _ in 0..calls {
                    let ran = run(at)?;
                    same(at, &ran)?;
                    *(if at == 0 { &mut pair.a_ns } else { &mut pair.b_ns }) += ran.cpu_ns;
                    pair.wall_ns += ran.wall_ns;
                    pair.switches = pair.switches.saturating_add(ran.switches);
                }
            }
            samples.pairs.push(pair);
        }
        Ok(samples)
    }

    fn once(&self, command: &[String], file: &Path, which: Which) -> Result<Ran, Fault> {
        let words = self.plan.words(command, file);
        let written = self.folder.join("written");
        std::fs::remove_dir_all(&written).ok();
        std::fs::create_dir_all(&written).map_err(machine)?;
        let numbers = [u64::from(std::process::id()), u64::from(self.cpu), self.limit.as_secs().max(1)];
        let mut bench = Program::new(&self.executable)
            .args(numbers.map(|n| n.to_string()))
            .args([&written])
            .args(&words)
            .folder(&self.plan.folder)
            .without_environment()
            .keeping(&["PATH", "LD_LIBRARY_PATH"])
            .env("HOME", &written)
            .env("TMPDIR", &written)
            .env(TARGET, file);
        if self.plan.soname.is_some() {
            let own = file.parent().map(Path::to_path_buf).unwrap_or_default();
            let others = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
            let all = std::iter::once(own)
                .chain(std::env::split_paths(&others).filter(|p| !p.as_os_str().is_empty()));
            bench = bench.env("LD_LIBRARY_PATH", std::env::join_paths(all).unwrap_or_default());
        }
        let said = bench.printed().map_err(machine)?;
        let said = String::from_utf8_lossy(&said.stdout).trim().to_string();
        let crashed = |what: String| Fault::Crashed { which, what };
        let parts: Vec<&str> = said.split(' ').collect();
        let number =
            |text: &str| text.parse::<u64>().map_err(|_| Fault::Process(format!("odd answer {said:?}")));
        match parts[..] {
            ["ran", cpu, wall, switches, "exit", "0"] => {
                let output = output(&written.join("out"))?;
                let switches = number(switches)?.try_into().unwrap_or(u32::MAX);
                Ok(Ran { cpu_ns: number(cpu)?.max(1), wall_ns: number(wall)?.max(1), switches, output })
            }
            ["ran", _, _, _, "exit", code] => {
                Err(crashed(format!("ends with exit code {code}{}", first_line(&written.join("err")))))
            }
            ["ran", _, _, _, "signal", number] => Err(crashed(format!("is ended by signal {number}"))),
            ["hang"] => Err(crashed(format!("no end after {} s", self.limit.as_secs()))),
            ["fail", "start", ..] => {
                Err(crashed(format!("{:?} cannot be started: {}", words[0], parts[2..].join(" "))))
            }
            ["fail", "pin", ..] => {
                Err(Fault::Machine("cannot pin a command to its CPU; choose another with --cpu".into()))
            }
            _ => Err(Fault::Machine(format!("the command's process: {said:?}"))),
        }
    }
}

fn machine(error: std::io::Error) -> Fault {
    Fault::Machine(error.to_string())
}

/// What a command wrote to standard output, as a number.
fn output(file: &Path) -> Result<u64, Fault> {
    let bytes = crate::files::bytes(file, LARGEST).map_err(Fault::Process)?;
    let digest = Sha256::digest(bytes);
    Ok(digest[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn first_line(file: &Path) -> String {
    let text = crate::files::bytes(file, 1 << 20).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let line: String = line.trim().chars().take(200).collect();
    if line.is_empty() { line } else { format!(": {line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rebuilt_file_takes_the_place_of_what_was_built() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prog"), "").unwrap();
        std::os::unix::fs::symlink("prog", folder.path().join("alias")).unwrap();
        let plan = BenchPlan {
            commands: Vec::new(),
            folder: folder.path().into(),
            product: folder.path().join("prog"),
            soname: None,
        };
        let words = ["./prog", "prog", "./alias", "x{}y", "prog.c"].map(String::from);
        let found = plan.words(&words, Path::new("/new"));
        assert_eq!(found, ["/new", "/new", "/new", "x/newy", "prog.c"]);
    }
}

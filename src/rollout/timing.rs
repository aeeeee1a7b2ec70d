//! Times the libraries of a system with a small program of our own, run under that system's loader.

use super::calls;
use super::mapped::Libraries;
use super::state::{Compared, Timing};
use super::system::{Call, System};
use crate::experiment::stats::median;
use crate::experiment::{ALPHA, Estimate, shared};
use crate::files::Workspace;
use crate::toolchain;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Samples a process takes of each job; their median is the process's figure.
const SAMPLES: u32 = 5;

/// The compiled measuring program.
#[derive(Debug)]
pub struct Timer {
    driver: PathBuf,
    _workspace: Option<Workspace>,
}

impl Timer {
    /// Compiles it with the compiler at hand. The error is a reason, on one line.
    pub fn build(cc: Option<&Path>) -> Result<Timer, String> {
        let found = toolchain::installed(cc).map_err(|e| e.to_string())?;
        let compiler = found.first().ok_or("no usable compiler")?;
        let workspace = Workspace::new().map_err(|e| e.to_string())?;
        let source = workspace.write("rollout.c", SOURCE.as_bytes()).map_err(|e| e.to_string())?;
        let driver = workspace.path().join("rollout");
        // Without builtins: the library is to be called, not the compiler's idea of it.
        let (out, source) = (driver.display().to_string(), source.display().to_string());
        let args = ["-O2", "-fno-builtin", "-o", &out, &source, "-lm", "-ldl"];
        let ran = compiler
            .invoke(&args, b"", workspace.path(), Duration::from_secs(60))
            .map_err(|e| e.to_string())?;
        if !ran.ok() {
            let said = ran.stderr.lines().find(|l| l.contains("error")).unwrap_or("no message");
            return Err(format!("{}: {}", crate::text::place(&compiler.path), crate::render::line(said)));
        }
        Ok(Timer { driver, _workspace: Some(workspace) })
    }

    /// A program that was compiled already.
    pub fn at(driver: &Path) -> Timer {
        Timer { driver: driver.into(), _workspace: None }
    }

    /// The command that times a system's libraries once.
    pub fn call(&self, libraries: &Libraries) -> Result<Call, String> {
        if libraries.libc.is_empty() || libraries.loader.is_empty() {
            return Err(
                "the libraries in use are unknown: no program of the system could be looked at".into()
            );
        }
        let libz = if libraries.libz.is_empty() { "-" } else { &libraries.libz };
        Ok(calls::timed(&libraries.loader, &libraries.folders(), &self.driver, libz, SAMPLES))
    }

    /// One process: each job's median, ns a call.
    fn once(&self, system: &dyn System, libraries: &Libraries) -> Result<BTreeMap<String, f64>, String> {
        parse(&system.output(&self.call(libraries)?)?)
    }

    /// The libraries' times over `n` processes.
    pub fn time(&self, system: &dyn System, libraries: &Libraries, n: usize) -> Result<Vec<Timing>, String> {
        let mut samples: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for _ in 0..n {
            for (job, ns) in self.once(system, libraries)? {
                samples.entry(job).or_default().push(ns);
            }
        }
        Ok(samples.into_iter().map(|(job, samples)| timing(job, samples)).collect())
    }

    /// Old and new in turns, in coin-flip order, so that what disturbs the machine disturbs both.
    pub fn compare(
        &self,
        system: &dyn System,
        old: &Libraries,
        new: &Libraries,
        n: usize,
    ) -> Result<Vec<Compared>, String> {
        let mut pairs: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for _ in 0..n {
            let (a, b) = if rand::random() {
                let a = self.once(system, old)?;
                (a, self.once(system, new)?)
            } else {
                let b = self.once(system, new)?;
                (self.once(system, old)?, b)
            };
            for (job, before) in a {
                if let Some(after) = b.get(&job) {
                    pairs.entry(job).or_default().push(100.0 * (before / after).ln());
                }
            }
        }
        let claims = pairs.len();
        let row = |(job, effects): (String, Vec<f64>)| {
            let i = Estimate::over_layouts(&effects, shared(ALPHA, claims));
            Compared { job, how: "paired".into(), n: i.layouts, effect: i.effect, low: i.low, high: i.high }
        };
        Ok(pairs.into_iter().map(row).collect())
    }
}

/// The measuring program.
const SOURCE: &str = include_str!("../../probes/rollout.c");

fn timing(job: String, samples: Vec<f64>) -> Timing {
    let found = Estimate::over_layouts(&samples, ALPHA);
    let (n, ns) = (samples.len(), found.effect);
    let half = if found.is_bounded() { found.half_width() } else { 0.0 };
    let [ns, low, high] = [ns, ns - half, ns + half].map(|v| (v * 10.0).round() / 10.0);
    Timing { job, n, ns, low, high, samples }
}

/// Figures of now against those the baseline kept, for libraries that are gone: Welch's interval of the difference of
/// mean logarithms. It knows nothing of how the machine itself changed in between.
pub fn against(stored: &[Timing], now: &[Timing]) -> Vec<Compared> {
    let logs = |t: &Timing| -> Vec<f64> { t.samples.iter().map(|ns| 100.0 * ns.ln()).collect() };
    let row = |after: &Timing| {
        let before = stored.iter().find(|t| t.job == after.job)?;
        let found = Estimate::between(&logs(before), &logs(after), shared(ALPHA, now.len()))?;
        let Estimate { effect, low, high, layouts, .. } = found;
        Some(Compared { job: after.job.clone(), how: "stored".into(), n: layouts, effect, low, high })
    };
    now.iter().filter_map(row).collect()
}

/// Reads what the measuring program prints: see the head of `probes/rollout.c`.
fn parse(text: &str) -> Result<BTreeMap<String, f64>, String> {
    let mut jobs = BTreeMap::new();
    let mut ended = false;
    for line in text.lines() {
        let mut words = line.split(' ');
        let (name, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match second {
            "" if name == "end" => ended = true,
            "not" => {
                return Err(format!("{name}: {}", crate::render::line(&words.collect::<Vec<_>>().join(" "))));
            }
            _ => {
                let times: Option<Vec<f64>> = words.skip(1).map(|w| w.parse().ok()).collect();
                let odd = || format!("the measuring program said {:?}", crate::render::line(line));
                let times = times.filter(|t| !t.is_empty()).ok_or_else(odd)?;
                if times.iter().any(|t| !(t.is_finite() && *t > 0.0)) {
                    return Err(format!("{name}: a wrong result"));
                }
                jobs.insert(name.to_string(), median(&times));
            }
        }
    }
    if ended { Ok(jobs) } else { Err("the measuring program broke off".into()) }
}

#[cfg(test)]
mod tests {
    use super::super::system::Machine;
    use super::*;

    #[test]
    fn what_the_program_says_is_believed_only_when_whole() {
        let ok = parse("zlib-compress 3 ab 5.0 7.0 6.0\nend\n").unwrap();
        assert_eq!(ok["zlib-compress"], 6.0);
        assert!(parse("zlib-compress 3 ab 5.0\n").unwrap_err().contains("broke off"));
        assert!(parse("libc-sort 3 ab 5.0 -1.0\nend\n").unwrap_err().contains("wrong result"));
        assert!(parse("zlib-compress not loadable: /x\nend\n").unwrap_err().contains("loadable: /x"));
        assert!(parse("libc-sort 3 ab x\nend\n").is_err() && parse("").is_err());
    }

    #[test]
    fn stored_figures_are_compared_with_welchs_interval() {
        let of = |samples: &[f64]| vec![timing("zlib-compress".into(), samples.to_vec())];
        let slower = &against(&of(&[100.0, 101.0, 99.0, 100.5]), &of(&[110.0, 111.0, 109.0, 110.0]))[0];
        assert!(slower.high < -5.0 && slower.low > -15.0 && slower.n == 4, "{slower:?}");
        let same = &against(&of(&[100.0, 101.0, 99.0]), &of(&[100.0, 101.0, 99.0]))[0];
        assert!(same.low < 0.0 && same.high > 0.0 && same.effect == 0.0);
        assert!(against(&of(&[1.0]), &of(&[1.0])).is_empty(), "one process has no interval");
    }

    #[test]
    fn the_real_libraries_of_this_machine_are_timed() {
        let libraries = Libraries::of(&Machine.maps(&Call::new("git", &["hash-object", "--stdin"])).unwrap());
        let timer = Timer::build(None).unwrap();
        let times = timer.time(&Machine, &libraries, 2).unwrap();
        assert!(times.iter().any(|t| t.job == "libc-malloc" && t.ns > 0.0), "{times:?}");
        assert_eq!(times.iter().any(|t| t.job == "zlib-compress"), !libraries.libz.is_empty());
        let nowhere = Libraries { libz: "/nonexistent/libz.so.1".into(), ..libraries.clone() };
        assert!(timer.time(&Machine, &nowhere, 1).unwrap_err().contains("/nonexistent"));
        assert!(timer.call(&Libraries::default()).unwrap_err().contains("unknown"));
    }
}

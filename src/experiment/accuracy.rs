//! The process that works out functions beside a reference, `probes/bounds.c`: its protocol and what its answer says.

use super::lockstep::Loader;
use super::process::{answer, broken, fault, greeted, measuring};
use super::sampler::Fault;
use super::ulp::Exact;
use crate::catalogue::ErrorBound;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Arguments drawn for each function.
const ARGUMENTS: usize = 30_000;
/// CPU time that all of them may take, s.
const CPU_S: u64 = 60;
/// Wall time after which the process is killed.
const LIMIT: Duration = Duration::from_secs(120);
/// No answer is longer.
const MAX_OUTPUT: u64 = 128 << 20;

/// Works out functions of a build in a process of their own.
#[derive(Clone, Debug)]
pub struct Evaluator {
    /// The compiled `probes/bounds.c`.
    pub executable: PathBuf,
    /// The logical CPU it pins itself to.
    pub cpu: u32,
    /// The loader of a build with a C library of its own; the reference is that library's then as well.
    pub loader: Option<Loader>,
}

/// One result beside what it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluated {
    /// The arguments; a function of one argument ignores the second.
    pub arguments: [f64; 2],
    /// What the build says.
    pub result: f64,
    /// What is true.
    pub exact: Exact,
}

/// How exact a function of a build is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// The largest error, in units in the last place from the true value.
    pub error: f64,
    /// The argument at which it is that large.
    pub worst: f64,
    /// Names the results: those of two builds are the same bits where this is the same.
    pub results: [u8; 16],
}

impl Accuracy {
    /// Of all results of a function.
    pub fn of(all: &[Evaluated]) -> Accuracy {
        let mut hash = Sha256::new();
        let (mut error, mut worst) = (0.0, 0.0);
        for one in all {
            // No number is no number, whatever its sign and payload.
            hash.update(if one.result.is_nan() { u64::MAX } else { one.result.to_bits() }.to_le_bytes());
            let own = one.exact.error(one.result);
            if own > error {
                (error, worst) = (own, one.arguments[0]);
            }
        }
        let mut results = [0; 16];
        results.copy_from_slice(&hash.finalize()[..16]);
        Accuracy { error, worst, results }
    }

    /// Whether it keeps a documented bound, which counts from the correctly rounded result: that is half a unit from the true one
    /// at most.
    pub fn keeps(&self, bound: &ErrorBound) -> bool {
        self.error <= bound.ulp + 0.5
    }
}

impl Evaluator {
    /// Draws the arguments of whatever is compared, so that every build gets the same.
    pub const SEED: u64 = 0x5eed_b0d5;

    /// How exact a build's functions of a kernel are, on arguments that the seed alone decides.
    pub fn run(
        &self,
        build: &Path,
        kernel: u32,
        seed: u64,
        functions: &[ErrorBound],
    ) -> Result<Vec<Accuracy>, Fault> {
        let program = match &self.loader {
            Some(loader) => loader.starts(&self.executable),
            None => measuring(&self.executable),
        };
        let function = |f: &ErrorBound| {
            let [low, high] = f.second.unwrap_or_default();
            let ends = [f.low, f.high, low, high].map(|end| end.to_bits().to_string());
            format!("{}:{}", f.name, ends.join(":"))
        };
        let program = program
            .args([u64::from(std::process::id()), u64::from(self.cpu), CPU_S].map(|n| n.to_string()))
            .args([build])
            .args([u64::from(kernel), seed, ARGUMENTS as u64].map(|n| n.to_string()))
            .args(functions.iter().map(function));
        let (text, ended) = answer(program, LIMIT, MAX_OUTPUT)?;
        let results = parse(&text, functions.len(), &ended)?;
        Ok(results.iter().map(|all| Accuracy::of(all)).collect())
    }
}

/// Reads the protocol described at the head of `probes/bounds.c`. `ended` tells how the process ended.
fn parse(text: &str, functions: usize, ended: &str) -> Result<Vec<Vec<Evaluated>>, Fault> {
    let lines = greeted(text, "bounds 1", ended)?;
    let mut found: Vec<Vec<Evaluated>> = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["function", number] if number.parse() == Ok(found.len()) && found.len() < functions => {
                found.push(Vec::with_capacity(ARGUMENTS));
            }
            ["value", x, y, result, high, low, exponent] => {
                let number =
                    |word: &str| u64::from_str_radix(word, 16).map(f64::from_bits).map_err(|_| broken(line));
                let arguments = [number(x)?, number(y)?];
                let exponent = exponent.parse().map_err(|_| broken(line))?;
                let exact = Exact { high: number(high)?, low: number(low)?, exponent };
                let one = Evaluated { arguments, result: number(result)?, exact };
                found.last_mut().ok_or_else(|| broken(line))?.push(one);
            }
            ["end"] if found.len() == functions && found.iter().all(|f| f.len() == ARGUMENTS) => {
                return Ok(found);
            }
            ["fail", ..] => return Err(fault(line)),
            _ => return Err(broken(line)),
        }
    }
    Err(Fault::Process(format!("its answer broke off ({ended})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(values: usize) -> String {
        let one = format!("value {:x} 0 {:x} {:x} 0 1\n", 1f64.to_bits(), 1f64.to_bits(), 0.5f64.to_bits());
        format!("bounds 1\nfunction 0\n{}end\n", one.repeat(values))
    }

    #[test]
    fn an_answer_is_whole_or_a_fault() {
        let found = parse(&answered(ARGUMENTS), 1, "exit 0").unwrap();
        let of = Accuracy::of(&found[0]);
        assert_eq!((found[0].len(), of.error), (ARGUMENTS, 0.0));
        for broken in [
            String::new(),
            "hello\n".into(),
            answered(ARGUMENTS - 1),
            answered(ARGUMENTS).replace("end\n", ""),
            answered(ARGUMENTS).replace("function 0", "function 1"),
            answered(ARGUMENTS).replace("value 3", "value z"),
            "bounds 1\nvalue 0 0 0 0 0 0\n".into(),
        ] {
            assert!(matches!(parse(&broken, 1, "exit 1"), Err(Fault::Process(_))), "{:.40}", broken);
        }
        let crash = parse("bounds 1\nfunction 0\nfail a signal 11\n", 1, "exit 4");
        assert!(matches!(crash, Err(Fault::Crashed { what, .. }) if what == "SIGSEGV"));
        let none = parse("bounds 1\nfail a symbol probe_values\n", 1, "exit 4");
        assert!(matches!(none, Err(Fault::NotAKernel { what, .. }) if what.contains("probe_values")));
    }

    #[test]
    fn the_largest_error_counts_and_other_bits_are_seen() {
        let exact = Exact { high: 0.5, low: 0.0, exponent: 1 };
        let one = |result: f64| Evaluated { arguments: [2.0, 0.0], result, exact };
        let (same, other) =
            (Accuracy::of(&[one(1.0)]), Accuracy::of(&[one(1.0), one(1.0 + 3.0 * f64::EPSILON)]));
        assert_eq!((other.error, other.worst), (3.0, 2.0));
        assert_ne!(same.results, other.results);
        let [nan, negative] = [f64::NAN, -f64::NAN].map(|r| Accuracy::of(&[one(r)]).results);
        assert_eq!(nan, negative);
        let bound = |ulp| ErrorBound {
            name: "f".into(),
            ulp,
            low: 0.0,
            high: 1.0,
            second: None,
            why: String::new(),
            source: String::new(),
        };
        assert!(other.keeps(&bound(2.5)) && !other.keeps(&bound(2.0)));
    }
}

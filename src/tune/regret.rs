//! How much of what could be had a search leaves, by its time: the regret against the known optimum, as a table.
//! `cargo nextest run regret --no-capture` prints it.

use super::fake::FakeBench;
use super::*;
use crate::experiment::{Rule, Silent};
use std::time::Duration;

/// Candidates of each bench: as many as a compiler lists.
const CANDIDATES: usize = 600;
/// Runs of each bench at each time.
const SEEDS: u64 = 4;
/// One time, and twice and five times as much, in seconds of the bench's clock.
const TIMES: [u64; 3] = [60, 120, 300];

/// A bench with a known optimum.
struct Known {
    name: &'static str,
    truth: fn(&Set) -> f64,
    best: f64,
    /// What may be left on average after each of the times.
    left: [f64; 3],
}

fn has(set: &Set, candidate: usize) -> bool {
    set.contains(&CandidateIndex(candidate))
}

fn sum(set: &Set, worth: &[(usize, f64)]) -> f64 {
    worth.iter().filter(|(c, _)| has(set, *c)).map(|(_, w)| w).sum()
}

const ACTS: [(usize, f64); 7] =
    [(17, 5.0), (101, 4.0), (250, 3.0), (399, 2.5), (40, -8.0), (333, -5.0), (512, -3.0)];

const BENCHES: [Known; 5] = [
    Known {
        name: "four add up, three harm",
        truth: |set| sum(set, &ACTS),
        best: 14.5,
        left: [8.0, 5.0, 3.0],
    },
    Known {
        name: "two mask each other",
        truth: |set| if has(set, 17) || has(set, 101) { 6.0 } else { 0.0 } + sum(set, &[(333, -5.0)]),
        best: 6.0,
        left: [3.0, 2.0, 1.0],
    },
    Known {
        name: "two help only together",
        truth: |set| if has(set, 17) && has(set, 101) { 8.0 } else { 0.0 },
        best: 8.0,
        left: [8.0, 6.0, 4.0],
    },
    Known {
        name: "one harms in company",
        truth: |set| {
            let company = if has(set, 17) && has(set, 101) { -6.0 } else { 0.0 };
            sum(set, &[(17, 6.0), (101, 1.0)]) + company
        },
        best: 6.0,
        left: [3.0, 2.0, 1.0],
    },
    Known { name: "nothing acts", truth: |_| 0.0, best: 0.0, left: [0.0; 3] },
];

/// What is left after so many seconds, and whether a harmful set was written.
fn left(known: &Known, seed: u64, seconds: u64) -> f64 {
    let names: Vec<String> = (0..CANDIDATES).map(|i| format!("-f{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut bench = FakeBench::new(&[1.0], &names);
    let truth = known.truth;
    bench.truth = Box::new(move |_, set| truth(set));
    let until = Duration::from_secs(seconds);
    let plan = Plan {
        subject: "p".into(),
        order: (0..CANDIDATES).map(CandidateIndex).collect(),
        rule: Rule::default(),
        seed,
        from: Duration::ZERO,
        identity: until.mul_f64(0.15),
        until,
    };
    let found = tune(&mut bench, &plan, &Silent).unwrap();
    let made = section(&mut bench, "gcc", &[], &found, Vec::new(), &Rule::default(), "");
    let index = |flag: &String| bench.candidates.iter().position(|c| c.flags.compile[0] == *flag);
    let set: Set = made.flags.iter().filter_map(index).map(CandidateIndex).collect();
    known.best - truth(&set)
}

#[test]
fn more_time_leaves_less() {
    println!("{:28} {:>8} {:>8} {:>8}   of", "regret after", "60 s", "120 s", "300 s");
    for known in &BENCHES {
        let means = TIMES
            .map(|seconds| (0..SEEDS).map(|seed| left(known, seed, seconds)).sum::<f64>() / SEEDS as f64);
        let [one, twice, five] = means;
        println!("{:28} {one:8.2} {twice:8.2} {five:8.2}   {:.1}", known.name, known.best);
        for (mean, allowed) in means.iter().zip(known.left) {
            assert!(*mean <= allowed, "{}: {means:?}", known.name);
        }
    }
}

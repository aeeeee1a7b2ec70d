//! How much of what could be had a search leaves, by its time: the regret against the known optimum, as a table.
//! `cargo test --release --lib -- --ignored --nocapture regret` prints it for as many candidates as a compiler lists.

use super::fake::FakeBench;
use super::*;
use crate::experiment::{Rule, Silent};
use std::time::Duration;

/// Least number of candidates that the benches know.
const CANDIDATES: usize = 60;
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
    [(17, 5.0), (11, 4.0), (25, 3.0), (39, 2.5), (40, -8.0), (33, -5.0), (51, -3.0)];

const BENCHES: [Known; 5] = [
    Known {
        name: "four add up, three harm",
        truth: |set| sum(set, &ACTS),
        best: 14.5,
        left: [8.0, 5.0, 3.0],
    },
    Known {
        name: "two mask each other",
        truth: |set| if has(set, 17) || has(set, 11) { 6.0 } else { 0.0 } + sum(set, &[(33, -5.0)]),
        best: 6.0,
        left: [3.0, 2.0, 1.0],
    },
    Known {
        name: "two help only together",
        truth: |set| if has(set, 17) && has(set, 11) { 8.0 } else { 0.0 },
        best: 8.0,
        left: [8.0, 6.0, 4.0],
    },
    Known {
        name: "one harms in company",
        truth: |set| {
            let company = if has(set, 17) && has(set, 11) { -6.0 } else { 0.0 };
            sum(set, &[(17, 6.0), (11, 1.0)]) + company
        },
        best: 6.0,
        left: [3.0, 2.0, 1.0],
    },
    Known { name: "nothing acts", truth: |_| 0.0, best: 0.0, left: [0.0; 3] },
];

/// What is left after so many seconds, and whether a harmful set was written.
fn left(known: &Known, candidates: usize, seed: u64, seconds: u64) -> f64 {
    let names: Vec<String> = (0..candidates).map(|i| format!("-f{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut bench = FakeBench::new(&[1.0], &names);
    let truth = known.truth;
    bench.truth = Box::new(move |_, set| truth(set));
    let until = Duration::from_secs(seconds);
    let plan = Plan {
        subject: "p".into(),
        order: (0..candidates).map(CandidateIndex).collect(),
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

/// Prints the mean regret of some runs of each bench, by time; returns them in the benches' order.
fn table(candidates: usize, seeds: u64) -> Vec<[f64; 3]> {
    println!("regret of {seeds} runs, {candidates} candidates      60 s    120 s    300 s   of");
    let of = |known: &Known| {
        let mean = |seconds| {
            (0..seeds).map(|seed| left(known, candidates, seed, seconds)).sum::<f64>() / seeds as f64
        };
        let means = TIMES.map(mean);
        let [one, twice, five] = means;
        println!("{:36} {one:8.2} {twice:8.2} {five:8.2}   {:.1}", known.name, known.best);
        means
    };
    BENCHES.iter().map(of).collect()
}

#[test]
fn more_time_leaves_less() {
    for (known, means) in BENCHES.iter().zip(table(CANDIDATES, 2)) {
        for (mean, allowed) in means.iter().zip(known.left) {
            assert!(*mean <= allowed, "{}: {means:?}", known.name);
        }
    }
}

#[test]
#[ignore = "prints figures"]
fn of_as_many_as_a_compiler_lists() {
    table(600, 5);
}

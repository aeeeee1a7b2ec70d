//! Machines that sleep, are throttled, lose a CPU or whose clocks step: what the real bench makes of their processes is a
//! verdict that is true, or none.

use super::fake::{Bursts, FakeBench};
use super::odd_bench::{Odd, run_on};
use super::*;
use crate::experiment::{Entry, Fault, Job, Planted, Rule, Silent, Which};
use crate::profile::{Section, Verdict};
use rand::RngExt;
use std::time::Duration;

/// Claims that are not so: what is worth nothing helps or harms, and whatever crashes or computes something else.
fn false_claims(made: &Section) -> usize {
    let untrue = |verdict: Verdict| {
        matches!(verdict, Verdict::Helps | Verdict::Harms | Verdict::Crashed | Verdict::WrongResult)
    };
    made.judged.iter().filter(|j| untrue(j.verdict)).count()
}

/// At most so many of a number of runs may be wrong: three more than a family-wise 5 % lets expect.
const SEEDS: u64 = 20;
const WRONG: usize = 4;

/// Runs where nothing is true and where something is: the first claims nothing, the second what is true.
fn holds(name: &str, odd: impl Fn() -> Odd) {
    let wrong = (0..SEEDS)
        .filter(|seed| {
            false_claims(&run_on(*seed, [0.0; 2], odd()).0.unwrap_or_else(|e| panic!("{name}: {e}"))) > 0
        })
        .count();
    assert!(wrong <= WRONG, "{name}: {wrong} of {SEEDS} runs made a false claim");
    let (made, ..) = run_on(1, [6.0, 4.0], odd());
    let made = made.unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!((made.verdict, made.flags.len()), (Verdict::Helps, 2), "{name}: {made:#?}");
}

#[test]
fn a_quiet_machine_is_told_the_truth_of() {
    holds("quiet", || Box::new(|_, _, _| None));
    let (_, kept, _) = run_on(1, [6.0, 4.0], Box::new(|_, _, _| None));
    assert_eq!(kept, 5, "after code and screening of the first and of the others, and after the search");
}

#[test]
fn a_quota_that_stops_the_process_is_no_effect() {
    // 20 ms of each 100 (cpu.max): a turn waits for the rest of a period, and finds its caches cold.
    holds("quota", || {
        Box::new(|_, random, samples| {
            for pair in &mut samples.pairs {
                for cpu_ns in [&mut pair.a_ns, &mut pair.b_ns] {
                    if random.random::<f64>() < 0.1 {
                        pair.wall_ns += 80_000_000;
                        pair.switches += 1;
                        *cpu_ns += (*cpu_ns as f64 * 0.3 * random.random::<f64>()) as u64;
                    }
                }
            }
            None
        })
    });
}

#[test]
fn a_machine_that_slept_is_told_the_truth_of() {
    for wall in [36_000_000_000_000, u64::MAX] {
        holds("suspended", || {
            Box::new(move |process, _, samples| {
                if process.number % 7 == 3
                    && let Some(pair) = samples.pairs.first_mut()
                {
                    pair.wall_ns = wall;
                }
                None
            })
        });
    }
}

#[test]
fn a_clock_that_steps_is_nobodys_fault() {
    let stepped = || Fault::Machine("a CPU clock that stood still or stepped".into());
    // Now and then a process is lost; not so many in a row that an ask has no answer.
    holds("steps", || Box::new(move |process, _, _| (process.number % 4 < 2).then(stepped)));
    // Whatever order good and bad processes come in, no flag is said to crash.
    for seed in 0..40 {
        let odd: Odd = Box::new(move |_, random, _| (random.random::<f64>() < 0.3).then(stepped));
        match run_on(seed, [0.0; 2], odd).0 {
            Ok(made) => {
                assert!(made.judged.iter().all(|j| j.verdict != Verdict::Crashed), "{seed}: {made:#?}")
            }
            Err(trouble) => assert!(matches!(trouble, MeasureError::Machine(_)), "{seed}: {trouble:?}"),
        }
    }
}

#[test]
fn a_cpu_that_goes_offline_ends_the_run_and_blames_no_flag() {
    let pin =
        || crate::experiment::parse_protocol("fail - pin Invalid argument\n", &job(), "exit 1").unwrap_err();
    for from in [1, 2, 30, 200] {
        let (made, _, runs) =
            run_on(1, [6.0, 4.0], Box::new(move |process, _, _| (process.number >= from).then(pin)));
        match made {
            Err(MeasureError::Machine(why)) => {
                assert!(why.contains("CPU") && why.contains("offline") && why.contains("--cpu"), "{why}");
                assert!(runs < from + 6, "it does not go on without a CPU: {runs}");
            }
            other => panic!("{from}: {other:?}"),
        }
    }
    // It is away for a moment: tried twice in vain, and there again for the base alone.
    let away = |run: u32| matches!(run, 40 | 41 | 80 | 81);
    let (made, ..) = run_on(1, [6.0, 4.0], Box::new(move |process, _, _| away(process.number).then(pin)));
    assert_eq!(made.unwrap().flags, ["-O3", "-a"]);
}

#[test]
fn a_build_whose_process_breaks_off_is_blamed_only_if_the_base_does_not() {
    let crashed = |made: &Section| made.judged.iter().filter(|j| j.verdict == Verdict::Crashed).count();
    for fault in [
        Fault::Process("its answer broke off (signal: 9)".into()),
        Fault::Crashed { which: Which::B, what: "SIGSEGV".into() },
    ] {
        let of_variant: Odd = {
            let fault = fault.clone();
            Box::new(move |process, _, _| process.variant.then(|| fault.clone()))
        };
        let made = run_on(1, [6.0, 4.0], of_variant).0.unwrap();
        assert!(crashed(&made) == 2 && made.flags.is_empty(), "{fault}: {made:#?}");
        let (made, ..) = run_on(1, [6.0, 4.0], Box::new(move |_, _, _| Some(fault.clone())));
        assert!(
            matches!(made, Err(MeasureError::Machine(_) | MeasureError::Base(_)))
                || crashed(&made.unwrap()) == 2
        );
    }
}

#[test]
fn bursts_of_load_make_no_claims() {
    for bursts in [
        Bursts { pairs: 0.2, asks: 0.0, least: 5.0 },
        Bursts { pairs: 0.05, asks: 0.1, least: 3.0 },
        Bursts { pairs: 0.4, asks: 0.3, least: 20.0 },
    ] {
        let on = |seed, worth: f64| {
            let mut bench = FakeBench::new(&[0.5, 0.5], &["-O3", "-a"]);
            bench.bursts = Some(bursts);
            bench.truth = Box::new(move |_, set| worth * set.len() as f64);
            let (order, rule) = ([0, 1].map(CandidateIndex).to_vec(), Rule::default());
            let (identity, until) = (Duration::from_secs(5), Duration::from_secs(60));
            let plan = Plan { subject: "p".into(), order, rule, seed, from: Duration::ZERO, identity, until };
            let found = tune(&mut bench, &plan, &Silent).unwrap();
            section(&mut bench, "gcc-12.2.0", &["-O2".into()], &found, Vec::new(), &Rule::default(), "x")
        };
        let nothing: Vec<Section> = (0..60).map(|seed| on(seed, 0.0)).collect();
        let wrong = nothing.iter().filter(|made| false_claims(made) > 0).count();
        // At 5 % at most 3 of 60 are expected; 8 have a probability below 1 %.
        assert!(wrong <= 7, "{bursts:?}: {wrong} of 60 runs made a false claim");
        assert!(nothing.iter().filter(|made| !made.flags.is_empty()).count() <= wrong);
        // An effect is found, or nothing is; it is never turned round.
        for made in (0..10).map(|seed| on(seed, 6.0)) {
            assert!(!matches!(made.verdict, Verdict::Harms | Verdict::Equivalent), "{bursts:?}: {made:#?}");
        }
    }
}

fn job() -> Job {
    let entry = Entry { kernel: 0, dataset: 0, seed: 1, calls: 0, pairs: 1, planted: false, bounded: false };
    let planted = Planted::NONE;
    Job { a: "/a".into(), b: "/b".into(), warm_ns: 0, draw: 1, planted, entries: vec![entry] }
}

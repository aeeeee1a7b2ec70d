//! These tests run studies on benches without a clock, whose true effects are known.

use super::*;
use crate::experiment::{Rule, Silent};
use crate::profile::Verdict;
use crate::tune::FakeBench;
use std::collections::BTreeMap;
use std::time::Duration;

/// Two parts of an operation and one of another, under four flags.
const PARTS: [[f64; 3]; 4] = [[10.0, -6.0, 0.0], [-4.0, 12.0, 0.0], [0.0, 0.0, 5.0], [20.0, -30.0, -8.0]];
const FLAGS: [&str; 4] = ["-fa", "-fb", "-fc", "-fd"];
/// The operation is more of the second part than of the first; a tenth of it no kernel stands for.
const SHARES: [f64; 2] = [0.3, 0.6];

fn bench(names: &[&str], truth: impl Fn(usize, usize) -> f64 + Clone + 'static) -> FakeBench {
    let mut bench = FakeBench::new(&vec![1.0 / names.len() as f64; names.len()], &FLAGS);
    bench.probes.iter_mut().zip(names).for_each(|(probe, name)| probe.name = format!("p/{name}"));
    (bench.layout_sd, bench.pair_sd) = (0.1, 0.1);
    let own = truth.clone();
    bench.truth = Box::new(move |kernel, set| set.iter().map(|c| own(kernel.0, c.0)).sum());
    bench.changes = Box::new(move |kernel, set| set.iter().any(|c| truth(kernel.0, c.0) != 0.0));
    bench
}

/// The effect on the mixed operation of effects on its parts: times add, their logarithms do not.
fn whole(parts: [f64; 2]) -> f64 {
    let left = |i: usize| SHARES[i] * (-parts[i] / 100.0).exp();
    -100.0 * (left(0) + left(1) + 1.0 - SHARES[0] - SHARES[1]).ln()
}

fn package(kernel: usize, flag: usize) -> f64 {
    match kernel {
        0 => whole([PARTS[flag][0], PARTS[flag][1]]),
        _ => PARTS[flag][2],
    }
}

fn told() -> Mixtures {
    let of = |parts: &[(&str, f64)]| parts.iter().map(|(k, s)| (format!("p/{k}"), *s)).collect();
    BTreeMap::from([
        ("p/mixed".to_string(), of(&[("first", SHARES[0]), ("second", SHARES[1])])),
        ("p/plain".to_string(), of(&[("third", 1.0)])),
    ])
}

fn studied() -> Vec<FlagTransfer> {
    let mut kernels = bench(&["first", "second", "third"], |kernel, flag| PARTS[flag][kernel]);
    let mut package = bench(&["mixed", "plain"], package);
    let sides = [Side { bench: &mut kernels }, Side { bench: &mut package }];
    let rule = Rule::default();
    let found = study(sides, &told(), 8, &rule, 1, Duration::from_secs(3600), &Silent).unwrap();
    let (flags, same, not_reached, complete) = found;
    assert_eq!((flags.len(), same, not_reached, complete), (4, 0, 0, true));
    flags
}

#[test]
fn a_mixture_foretells_where_single_kernels_cannot() {
    let found = all_foretold(&studied(), &told());
    let row = |name: &str| found.iter().find(|f| f.name == name).unwrap();
    // Two flags move the mixed operation, both through parts of opposite signs: the smaller part says the opposite.
    assert_eq!((row("p/first").n, row("p/first").agreed, row("p/first").opposite), (2, 0, 2));
    assert_eq!((row("p/second").agreed, row("p/second").opposite), (2, 0));
    let mixed = row("p/mixed");
    assert_eq!((mixed.by, mixed.n, mixed.agreed, mixed.opposite, mixed.silent), (By::Operation, 2, 2, 0, 0));
    assert!(mixed.error.unwrap() < 0.5 && row("p/second").error.unwrap() > 3.0);
    let all = found.last().unwrap();
    assert_eq!((all.by, all.n, all.agreed, all.opposite), (By::All, 4, 4, 0));
    let kept: Vec<Option<bool>> = goal(all).into_iter().map(|part| part.kept).collect();
    assert_eq!(kept, [Some(true), Some(true), None]);
}

#[test]
fn what_is_foretold_is_the_sum_in_each_layout() {
    let flags = studied();
    for (at, flag) in flags.iter().enumerate() {
        let mixed = &flag.foretold["p/mixed"];
        assert!((mixed.effect - package(0, at)).abs() < 0.3, "{at}: {mixed:?}");
        // The parts' own intervals are of three claims or less; theirs is no sum of ends but an interval of sums.
        let sum = whole([flag.kernels["p/first"].effect, flag.kernels["p/second"].effect]);
        assert!((mixed.effect - sum).abs() < 0.01, "{at}: {mixed:?}, not {sum}");
        assert!(mixed.low <= mixed.effect && mixed.effect <= mixed.high);
    }
    // Where no part of it changes, it is the same code, exactly; where one does, it is not.
    let same = Figure { verdict: Verdict::SameCode, effect: 0.0, low: 0.0, high: 0.0 };
    assert_eq!(flags[2].foretold["p/mixed"], same);
    assert_eq!(flags[0].foretold["p/plain"], same);
    assert_eq!(flags[2].foretold["p/plain"].verdict, Verdict::Helps);
    assert_eq!(flags[3].foretold["p/mixed"].verdict, Verdict::Harms);
    assert_eq!(flags[0].of_kernels.as_ref().map(|f| f.verdict), Some(Verdict::Helps));
}

#[test]
fn a_part_whose_code_stays_the_same_adds_nothing() {
    let only_first = |kernel: usize, _: usize| if kernel == 0 { 4.0 } else { 0.0 };
    let mut kernels = bench(&["first", "second", "third"], only_first);
    let mut of_package = bench(&["mixed", "plain"], move |kernel, _| if kernel == 0 { 1.2 } else { 0.0 });
    let sides = [Side { bench: &mut kernels }, Side { bench: &mut of_package }];
    let found = study(sides, &told(), 4, &Rule::default(), 2, Duration::from_secs(3600), &Silent).unwrap();
    let first = &found.0[0];
    assert_eq!(first.kernels["p/second"].verdict, Verdict::SameCode);
    let alone = whole([first.kernels["p/first"].effect, 0.0]);
    assert!((first.foretold["p/mixed"].effect - alone).abs() < 0.01);
}

#[test]
fn trials_tell_their_mixtures_by_full_names() {
    let catalogue = crate::catalogue::Catalogue::load(None).unwrap();
    let zlib = mixtures("zlib", &catalogue.trials["zlib"]);
    assert_eq!(zlib.len(), 6);
    assert!(zlib["zlib/deflate-1"].contains_key("zlib/slide_hash"));
    // Every kernel that the package has is a part of something.
    let parts: std::collections::BTreeSet<&String> = zlib.values().flat_map(BTreeMap::keys).collect();
    assert_eq!(parts.len(), catalogue.packages["zlib"].kernels.len());
}

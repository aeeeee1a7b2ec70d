//! The whole scheduler on a bench without a clock.

use super::fake::FakeBench;
use super::*;
use crate::experiment::{Rule, Silent};
use crate::profile::{JudgedKind, Judgement, Section, Stage, Verdict};
use std::time::Duration;

fn plan(bench: &FakeBench, seed: u64, seconds: u64) -> Plan {
    Plan {
        subject: "p".into(),
        order: (0..bench.candidates.len()).map(CandidateIndex).collect(),
        rule: Rule::default(),
        seed,
        from: Duration::ZERO,
        identity: Duration::from_secs(seconds).mul_f64(0.15),
        until: Duration::from_secs(seconds),
    }
}

fn run_on(bench: &mut FakeBench, seed: u64, seconds: u64) -> (Found, Section) {
    let plan = plan(bench, seed, seconds);
    let found = tune(bench, &plan, &Silent).unwrap();
    let made =
        section(bench, "gcc-12.2.0", &["-O2".into()], &found, Vec::new(), &Rule::default(), "a load of 9");
    (found, made)
}

fn judged<'a>(section: &'a Section, flag: &str, kind: JudgedKind) -> &'a Judgement {
    let found = section.judged.iter().find(|j| j.flags == [flag] && j.kind == kind && j.kernel.is_none());
    found.unwrap_or_else(|| panic!("{flag} {kind:?} in {:#?}", section.judged))
}

/// Sum of what each member is worth alone.
fn additive(worth: &'static [f64]) -> impl Fn(KernelIndex, &Set) -> f64 {
    move |_, set| set.iter().map(|c| worth.get(c.0).copied().unwrap_or(0.0)).sum()
}

#[test]
fn what_helps_is_written_and_what_does_not_is_reported() {
    let mut bench = FakeBench::new(&[0.5, 0.5], &["-O3", "-a", "-b", "-c"]);
    bench.truth = Box::new(additive(&[6.0, 4.0, -5.0, 0.0]));
    let (found, made) = run_on(&mut bench, 1, 120);
    assert_eq!(made.flags, ["-O3", "-a"]);
    assert_eq!(made.verdict, Verdict::Helps);
    let (low, high) = (made.low.unwrap(), made.high.unwrap());
    assert!(low > 1.0 && low < 10.0 && high > 10.0, "the truth, 10, lies in [{low}, {high}]");
    for flag in ["-O3", "-a"] {
        assert!(judged(&made, flag, JudgedKind::Without).low.unwrap() > 0.0);
    }
    let control = control(&found).unwrap();
    assert!(!matches!(control.verdict, Verdict::Helps | Verdict::Harms), "{control:?}");
    assert_eq!(made.code_bytes.unwrap().base, 2000);
    for j in &made.judged {
        let claims = matches!(j.verdict, Verdict::Helps | Verdict::Harms | Verdict::Equivalent);
        assert!(!claims || j.stage == Stage::Confirm, "screening makes no claims: {j:?}");
    }
}

/// Eighty layouts for twelve candidates: a set of two is worth its first looks, or one of them is claimed.
#[test]
fn a_short_time_is_not_spent_on_what_cannot_be_shown_in_it() {
    let names = ["-O3", "-O1", "-O0", "-Os", "-Og", "-Oz", "-Ofast", "-a", "-b", "-c", "-d", "-e"];
    for seed in 0..6 {
        let mut bench = FakeBench::new(&[1.0], &names);
        bench.truth = Box::new(additive(&[4.0, 1.0, -20.0, 2.5]));
        let (_, made) = run_on(&mut bench, seed, 4);
        assert!(made.flags.contains(&"-O3".into()), "{seed}: {:?} {:#?}", made.flags, made.judged);
    }
}

#[test]
fn the_same_seed_gives_the_same_section_and_another_gives_another() {
    let of = |seed| {
        let mut bench = FakeBench::new(&[0.5, 0.5], &["-O3", "-a"]);
        bench.truth = Box::new(additive(&[3.0, 2.0]));
        run_on(&mut bench, seed, 60).1
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1).effect, of(2).effect);
}

#[test]
fn false_claims_are_as_rare_as_promised() {
    let mut wrong = 0;
    for seed in 0..60 {
        let mut bench = FakeBench::new(&[1.0], &["-O3", "-a", "-b"]);
        // Exactly at the margin: the hardest null.
        bench.truth = Box::new(additive(&[1.0, 0.0, -1.0]));
        bench.layout_sd = 2.0;
        bench.pair_sd = 3.0;
        let (_, made) = run_on(&mut bench, seed, 60);
        let claim = |j: &&Judgement| {
            j.kind != JudgedKind::Without && matches!(j.verdict, Verdict::Helps | Verdict::Harms)
        };
        // -a and -O3 together are worth exactly 1 as well.
        wrong += u32::from(made.judged.iter().any(|j| claim(&j)));
    }
    // At a family-wise 5 % at most 3 of 60 are expected; 8 have a probability below 1 %.
    assert!(wrong <= 7, "{wrong} of 60 runs made a false claim");
}

#[test]
fn a_kernel_that_gets_slower_vetoes_the_set() {
    let mut bench = FakeBench::new(&[0.9, 0.1], &["-O3"]);
    bench.truth = Box::new(|kernel, set| if set.is_empty() { 0.0 } else { [8.0, -6.0][kernel.0] });
    let (_, made) = run_on(&mut bench, 1, 120);
    assert!(made.flags.is_empty(), "{made:#?}");
    assert_ne!(made.verdict, Verdict::Helps);
}

#[test]
fn a_pair_that_needs_both_is_not_kept_for_one_that_does_nothing() {
    let mut bench = FakeBench::new(&[1.0], &["-O3", "-useless"]);
    bench.truth = Box::new(additive(&[5.0, 0.1]));
    for seed in 0..5 {
        bench.now = Duration::ZERO;
        let (_, made) = run_on(&mut bench, seed, 60);
        assert_eq!(made.flags, ["-O3"], "seed {seed}");
    }
}

#[test]
fn trouble_is_a_verdict_and_not_the_end() {
    let mut bench = FakeBench::new(&[1.0], &["-crash", "-reject", "-wrong", "-good"]);
    bench.truth = Box::new(additive(&[9.0, 9.0, 9.0, 5.0, 7.0]));
    bench.trouble = vec![
        (CandidateIndex(0), MeasureError::Crashed("signal 11".into())),
        (CandidateIndex(1), MeasureError::Unsupported("unknown option".into())),
        (CandidateIndex(2), MeasureError::WrongResult("checksum".into())),
    ];
    let (_, made) = run_on(&mut bench, 3, 90);
    for (flag, verdict) in
        [("-crash", Verdict::Crashed), ("-reject", Verdict::Unsupported), ("-wrong", Verdict::WrongResult)]
    {
        assert_eq!(judged(&made, flag, JudgedKind::Alone).verdict, verdict);
    }
    // The pair with contraction off computes what the base computes, and is what is written.
    let text = made.flags.join(" ");
    assert!(text.contains("-good") && text.contains("-wrong -ffp-contract=off"), "{text}");
}

#[test]
fn where_a_package_needs_contraction_it_stays_and_the_flag_that_shows_it_goes() {
    let mut bench = FakeBench::new(&[1.0], &["-wrong"]);
    bench.truth = Box::new(additive(&[9.0, 9.0]));
    bench.trouble = vec![(CandidateIndex(0), MeasureError::WrongResult("checksum".into()))];
    bench.candidates[0].contraction = Some("the package's variants rest on it".into());
    let (_, made) = run_on(&mut bench, 3, 90);
    let wrong = judged(&made, "-wrong", JudgedKind::Alone);
    assert_eq!(wrong.verdict, Verdict::WrongResult);
    assert!(wrong.reason.ends_with("the package's variants rest on it"), "{}", wrong.reason);
    assert!(made.flags.is_empty() && bench.candidates.len() == 1);
}

#[test]
fn a_machine_that_tells_a_build_from_itself_gets_no_verdict() {
    let mut bench = FakeBench::new(&[0.5, 0.5], &["-O3", "-a"]);
    bench.truth = Box::new(additive(&[6.0, 3.0]));
    bench.bias = 3.0;
    let (found, made) = run_on(&mut bench, 1, 90);
    assert_eq!(control(&found).unwrap().verdict, Verdict::Helps);
    assert!(made.flags.is_empty() && made.verdict == Verdict::Inconclusive);
    assert!(made.reason.contains("two links of the same code"), "{}", made.reason);
    assert!(made.reason.ends_with("too noisy for a verdict: a load of 9"), "{}", made.reason);
    let claims = made.judged.iter().filter(|j| matches!(j.verdict, Verdict::Helps | Verdict::Harms)).count();
    assert_eq!(claims, 0);
}

#[test]
fn a_negative_control_that_moves_is_an_alarm() {
    let mut bench = FakeBench::new(&[1.0, 0.0], &["-O3"]);
    bench.truth = Box::new(|_, set| if set.is_empty() { 0.0 } else { 5.0 });
    let (_, made) = run_on(&mut bench, 1, 60);
    assert!(made.flags.is_empty() && made.reason.contains("negative control"), "{}", made.reason);
}

#[test]
fn a_flag_that_policy_withholds_is_measured_and_never_written() {
    let mut bench = FakeBench::new(&[1.0], &["-O3", "-a"]);
    bench.truth = Box::new(additive(&[9.0, 4.0]));
    bench.candidates[0].withheld = Some("only with --allow: breaks tests".into());
    let (_, made) = run_on(&mut bench, 1, 90);
    assert_eq!(made.flags, ["-a"]);
    let o3 = judged(&made, "-O3", JudgedKind::Alone);
    assert!(o3.effect.unwrap() > 5.0 && o3.reason.contains("--allow"), "{o3:?}");
}

#[test]
fn conflicting_flags_are_not_combined() {
    let mut bench = FakeBench::new(&[1.0], &["-w=256", "-w=512"]);
    bench.truth = Box::new(additive(&[5.0, 4.0]));
    bench.candidates[0].conflicts = vec!["-w=*".into()];
    let (_, made) = run_on(&mut bench, 1, 60);
    assert_eq!(made.flags, ["-w=256"]);
}

#[test]
fn an_interrupt_at_any_moment_keeps_what_was_found_and_claims_nothing_unconfirmed() {
    for stop in [0, 1, 5, 20, 60, 120, 200] {
        let mut bench = FakeBench::new(&[0.5, 0.5], &["-O3", "-a", "-b"]);
        bench.truth = Box::new(additive(&[6.0, 4.0, 0.0]));
        bench.stop_after = Some(stop);
        let (found, made) = run_on(&mut bench, 1, 120);
        let asked_all = bench.asked <= stop;
        assert_eq!(found.interrupted, !asked_all, "after {stop}");
        assert!(made.flags.is_empty() || made.low.unwrap() > 1.0, "after {stop}: {made:#?}");
        assert!(asked_all || stop < 60 || !made.judged.is_empty());
    }
}

#[test]
fn the_budget_is_kept_and_two_fifths_of_it_are_left_to_confirmation() {
    for seconds in [20, 60, 300] {
        let names: Vec<String> = (0..40).map(|i| format!("-f{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut bench = FakeBench::new(&[0.25; 4], &names);
        bench.truth = Box::new(|_, set| set.iter().map(|c| 1.5 - c.0 as f64 / 10.0).sum());
        let (found, made) = run_on(&mut bench, 1, seconds);
        let spent = &found.spent;
        let before = spent.identity + spent.screen + spent.search;
        assert!(before <= seconds as f64 * 0.66, "{seconds}: {spent:?}");
        assert!(spent.identity <= seconds as f64 * 0.15 || seconds < 60, "{seconds}: {spent:?}");
        assert!(bench.now.as_secs_f64() <= seconds as f64 * 1.05, "{seconds}: {:?}", bench.now);
        assert!(control(&found).is_some(), "{seconds}: the control has its first look");
        let unreached = made.judged.iter().filter(|j| j.reason.contains("time was over")).count();
        assert!(made.judged.len() >= 40 && (unreached == 0 || seconds < 300), "nothing is dropped silently");
    }
}

#[test]
fn interactions_that_hurt_together_are_not_both_kept() {
    let mut bench = FakeBench::new(&[1.0], &["-a", "-b"]);
    // Each helps alone; together they are worse than the better one.
    bench.truth = Box::new(|_, set| match set.len() {
        0 => 0.0,
        1 => [5.0, 4.0][set[0].0],
        _ => 2.0,
    });
    let (_, made) = run_on(&mut bench, 1, 60);
    assert_eq!(made.flags, ["-a"]);
}

#[test]
fn a_pair_that_helps_only_together_is_found_and_both_are_written() {
    let names = ["-O3", "-a", "-b", "-c", "-d", "-e"];
    for seed in 0..4 {
        let mut bench = FakeBench::new(&[1.0], &names);
        bench.truth = Box::new(|_, set| {
            let has = |at| if set.contains(&CandidateIndex(at)) { 1.0 } else { 0.0 };
            2.5 * has(0) - 0.3 * (has(1) + has(2)) + 6.0 * has(2) * has(4) - 0.8 * has(4)
        });
        let (_, made) = run_on(&mut bench, seed, 120);

        assert!(["-b", "-d"].iter().all(|f| made.flags.iter().any(|m| m == f)), "{seed}: {:?}", made.flags);
        assert_eq!(made.verdict, Verdict::Helps);
    }
}

#[test]
fn of_two_that_do_the_same_one_is_kept() {
    for seed in 0..4 {
        let mut bench = FakeBench::new(&[1.0], &["-a", "-b", "-c"]);
        bench.truth = Box::new(|_, set| if set.iter().any(|c| c.0 < 2) { 5.0 } else { 0.0 });
        let (_, made) = run_on(&mut bench, seed, 90);
        assert_eq!(made.flags.len(), 1, "{seed}: {:?}", made.flags);
        assert!(made.flags[0] != "-c" && made.verdict == Verdict::Helps);
    }
}

#[test]
fn what_is_too_weak_to_be_shown_alone_is_shown_in_pairs() {
    let mut written = 0;
    for seed in 0..20 {
        let mut bench = FakeBench::new(&[1.0], &["-O3", "-a", "-b"]);
        bench.layout_sd = 2.0;
        bench.truth = Box::new(additive(&[5.0, 1.3, 1.2]));
        let (found, made) = run_on(&mut bench, seed, 300);
        let groups = &found.confirmation.unwrap().groups;
        assert!(groups.iter().all(|g| g.len() <= 2), "{groups:?}");
        written += u32::from(made.flags.len() == 3);
        for j in made.judged.iter().filter(|j| j.kind == JudgedKind::Without) {
            let kept = j.flags.iter().all(|f| made.flags.contains(f));
            assert!(!kept || made.flags.len() == 1 || j.low.unwrap() > 0.0, "{seed}: {j:?}");
        }
    }
    assert!(written >= 6, "the pair of weak ones was written in {written} of 20 runs");
}

#[test]
fn a_crowd_with_interactions_comes_near_the_best_there_is() {
    let names: Vec<String> = (0..24).map(|i| format!("-f{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let truth = |set: &Set| {
        let has = |at: usize| if set.contains(&CandidateIndex(at)) { 1.0 } else { 0.0 };
        // Four that help, two that spoil each other, one pair, and a tail of harm.
        let good = 4.0 * has(0) + 3.0 * has(1) + 2.0 * has(2) + 2.0 * has(3) - 6.0 * has(0) * has(5);
        let pair = 5.0 * has(6) * has(7) - 0.5 * (has(6) + has(7)) + 1.5 * has(5);
        good + pair - (10..24).map(|c| 0.4 * has(c)).sum::<f64>()
    };
    let mut gains = Vec::new();
    for seed in 0..5 {
        let mut bench = FakeBench::new(&[1.0], &names);
        bench.layout_sd = 1.0;
        bench.truth = Box::new(move |_, set| truth(set));
        let (_, made) = run_on(&mut bench, seed, 240);
        let index = |f: &String| CandidateIndex(f.trim_start_matches("-f").parse().unwrap());
        gains.push(truth(&made.flags.iter().map(index).collect()));
    }
    // The best is 15: the four and the pair.
    assert!(crate::experiment::stats::median(&gains) >= 13.0, "{gains:?}");
}

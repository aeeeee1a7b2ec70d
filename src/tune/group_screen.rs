//! Screening many candidates in groups: a drawn half of them at once beside what is best so far, and another half, and so on (a
//! random balance design: Satterthwaite, Technometrics 1959). The main effect of each is then read off by sparse regression,
//! kernel by kernel. Few builds so say of hundreds of flags which ones are worth a trial. A half is not followed by its complement:
//! where effects add up, that would say the same once more. Nothing is compiled for its own sake, and what breaks a group is found
//! by halving it.

use super::bench::{Bench, CandidateIndex, KernelIndex, MeasureError, Phase, SampleRequest, Set};
use super::families::Families;
use super::hunt::conflict;
use super::screen::Screening;
use super::sparse::main_effects;
use crate::experiment::Step;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use std::time::Duration;

/// Groups built and measured at a time, so that links are made ahead.
const BATCH: usize = 4;
/// Groups beyond which more say little: twice as many as the candidates that act, times the logarithm of all by those.
const MOST: usize = 64;
/// Fewest groups from which effects are read.
const FEWEST: usize = 8;
/// Candidates that a group may lose one after another before it is given up.
const CULPRITS: usize = 8;

/// What groups said of the candidates.
#[derive(Clone, Debug, Default)]
pub struct Grouped {
    /// The package's effect of each candidate beside the base of the groups, where enough groups were measured.
    pub effects: Vec<(CandidateIndex, f64)>,
    /// Candidates that break what they are in, with the kernel.
    pub failed: Vec<(CandidateIndex, KernelIndex, MeasureError)>,
    /// Groups measured.
    pub groups: usize,
}

/// One group and what it showed.
struct Run {
    members: Vec<bool>,
    /// By kernel; 0 where the code is the same, `None` where there is no answer.
    effects: Vec<Option<f64>>,
}

/// Screens `pool` beside `base` until the deadline. `noise` is the spread between layouts of each kernel, in %.
pub fn screen_groups(
    bench: &mut dyn Bench,
    base: &Set,
    pool: &[CandidateIndex],
    noise: &[f64],
    screening: Screening<'_>,
    random: &mut ChaCha8Rng,
) -> Result<Grouped, MeasureError> {
    let rivals = rivals(bench, pool);
    let words =
        |all: &[CandidateIndex]| all.iter().map(|c| bench.candidate(*c).written()).collect::<Vec<_>>();
    let families = Families::of(&words(pool), &words(base).concat());
    let mut grouped = Grouped::default();
    // What conflicts with the base cannot stand beside it.
    let mut out: Vec<bool> =
        pool.iter().map(|a| base.iter().any(|b| b == a || conflict(bench, *a, *b))).collect();
    let mut runs: Vec<Run> = Vec::new();
    let began = bench.elapsed();
    while runs.len() < MOST && goes_on(bench.elapsed(), began, runs.len(), screening) {
        let draw = |_| {
            let absent = families.absent(random);
            let out: Vec<bool> = out.iter().zip(absent).map(|(out, absent)| *out || absent).collect();
            half(&rivals, &out, random)
        };
        let wanted: Vec<Vec<bool>> = (0..BATCH).map(draw).collect();
        let what =
            format!("groups of {} flags, {} measured", wanted[0].iter().filter(|m| **m).count(), runs.len());
        screening.watch.at(screening.subject, Step::Screen, &what, bench.elapsed(), screening.until);
        for (members, answer) in wanted.iter().zip(measure(bench, base, pool, &wanted, random)?) {
            if let Some(kernel) = answer.iter().position(Result::is_err).map(KernelIndex) {
                // What was found in another group of this batch is known already.
                let open: Vec<bool> =
                    members.iter().zip(&out).map(|(member, out)| *member && !*out).collect();
                for (at, trouble) in culprits(bench, base, pool, &open, kernel, screening, random)? {
                    out[at] = true;
                    grouped.failed.push((pool[at], kernel, trouble));
                }
            }
            runs.push(Run {
                members: members.clone(),
                effects: answer.into_iter().map(Result::ok).collect(),
            });
        }
    }
    grouped.groups = runs.len();
    if runs.len() >= FEWEST {
        let likely = |at: usize| bench.candidate(pool[at]).likely.max(1e-3);
        let prior: Vec<f64> = (0..pool.len()).map(|at| if out[at] { 0.0 } else { likely(at) }).collect();
        let effects = of_package(bench, &runs, &families, &prior, noise);
        grouped.effects = pool
            .iter()
            .copied()
            .zip(effects)
            .enumerate()
            .filter(|(at, _)| !out[*at])
            .map(|(_, e)| e)
            .collect();
    }
    Ok(grouped)
}

/// Whether another batch is worth its time: until the stage is over, and beyond it where too few groups to say anything would
/// become enough in time. Too few that cannot become enough are not started.
fn goes_on(now: Duration, began: Duration, done: usize, screening: Screening<'_>) -> bool {
    if done >= FEWEST {
        return now < screening.until;
    }
    let beyond = screening.at_latest.saturating_sub(screening.until);
    // What a group takes is thought to be what a candidate took, until it is known.
    let one = if done == 0 { screening.one } else { now.saturating_sub(began) / done as u32 };
    // Before it is known, only where little is lost of what could be spent beyond the stage.
    let soon = done > 0 || now < screening.until + beyond / 3;
    soon && now + one * (FEWEST - done) as u32 <= screening.at_latest
}

/// For each candidate those that cannot stand beside it: what it or the other names, and other values of the same option.
fn rivals(bench: &dyn Bench, pool: &[CandidateIndex]) -> Vec<Vec<usize>> {
    let option = |at: &usize| match &bench.candidate(pool[*at]).written()[..] {
        [word] => word.rsplit_once('=').map(|(option, _)| option.to_string()),
        _ => None,
    };
    let options: Vec<Option<String>> = (0..pool.len()).map(|at| option(&at)).collect();
    let picky: Vec<bool> = pool.iter().map(|c| !bench.candidate(*c).conflicts.is_empty()).collect();
    let rival = |i: usize, j: usize| {
        let same_option = options[i].is_some() && options[i] == options[j];
        i != j && (same_option || ((picky[i] || picky[j]) && conflict(bench, pool[i], pool[j])))
    };
    (0..pool.len()).map(|i| (0..pool.len()).filter(|j| rival(i, *j)).collect()).collect()
}

/// A drawn half of what is not out; of rivals the first drawn.
fn half(rivals: &[Vec<usize>], out: &[bool], random: &mut ChaCha8Rng) -> Vec<bool> {
    let mut order: Vec<usize> = (0..out.len()).filter(|at| !out[*at]).collect();
    order.shuffle(random);
    let mut members = vec![false; out.len()];
    for at in &order[..order.len().div_ceil(2)] {
        members[*at] = !rivals[*at].iter().any(|rival| members[*rival]);
    }
    members
}

fn beside(base: &Set, pool: &[CandidateIndex], members: &[bool]) -> Set {
    let chosen = pool.iter().zip(members).filter(|(_, chosen)| **chosen).map(|(candidate, _)| *candidate);
    base.iter().copied().chain(chosen).collect()
}

/// One layout of each group against the base: for each kernel its effect, 0 where the code is the same.
fn measure(
    bench: &mut dyn Bench,
    base: &Set,
    pool: &[CandidateIndex],
    wanted: &[Vec<bool>],
    random: &mut ChaCha8Rng,
) -> Result<Vec<Vec<Result<f64, MeasureError>>>, MeasureError> {
    let kernels = bench.kernels();
    let questions: Vec<_> =
        wanted.iter().flat_map(|members| bench.questions(base, &beside(base, pool, members))).collect();
    let same = bench.same(&questions);
    let mut answers: Vec<Vec<Result<f64, MeasureError>>> = Vec::new();
    let mut requests = Vec::new();
    for (members, same) in wanted.iter().zip(same.chunks(kernels.len().max(1))) {
        if let Some(Err(stop)) = same.iter().find(|a| matches!(a, Err(e) if e.ends_run())) {
            return Err(stop.clone());
        }
        let changed = kernels.iter().copied().filter(|k| same[k.0] == Ok(false)).collect();
        let (a, b, draw, phase) = (base.clone(), beside(base, pool, members), random.random(), Phase::Screen);
        requests.push(SampleRequest { a, b, kernels: changed, draw, phase });
        answers.push(same.iter().map(|one| one.clone().map(|_| 0.0)).collect());
    }
    for ((request, found), answer) in requests.iter().zip(bench.sample(&requests)).zip(&mut answers) {
        for (kernel, sample) in request.kernels.iter().zip(found) {
            match sample {
                Err(stop) if stop.ends_run() => return Err(stop),
                other => answer[kernel.0] = other.map(|s| s.estimate()),
            }
        }
    }
    Ok(answers)
}

/// The members that break a kernel, each with what it does, found by halving: the shortest beginning of the list that breaks it
/// ends with one of them.
fn culprits(
    bench: &mut dyn Bench,
    base: &Set,
    pool: &[CandidateIndex],
    members: &[bool],
    kernel: KernelIndex,
    screening: Screening<'_>,
    random: &mut ChaCha8Rng,
) -> Result<Vec<(usize, MeasureError)>, MeasureError> {
    let mut breaks = |bench: &mut dyn Bench, chosen: &[usize]| {
        let members = (0..pool.len()).map(|at| chosen.contains(&at)).collect();
        let answers = measure(bench, base, pool, &[members], random)?;
        Ok::<_, MeasureError>(answers[0][kernel.0].clone().err())
    };
    let mut found = Vec::new();
    let mut left: Vec<usize> = (0..pool.len()).filter(|at| members[*at]).collect();
    while found.len() < CULPRITS && !left.is_empty() {
        let Some(mut trouble) = breaks(bench, &left)? else { break };
        let (mut whole, mut broken) = (0, left.len());
        while broken - whole > 1 {
            if bench.elapsed() > screening.until {
                // The group is not used, and nobody is blamed.
                return Ok(found);
            }
            let middle = (whole + broken) / 2;
            match breaks(bench, &left[..middle])? {
                Some(earlier) => (broken, trouble) = (middle, earlier),
                None => whole = middle,
            }
        }
        found.push((left.remove(broken - 1), trouble));
    }
    Ok(found)
}

/// The package's effect of each candidate: the weighted sum of its effects on the kernels, each fitted for itself, since a flag
/// that doubles the speed of one kernel is plain there and lost in the sum.
fn of_package(
    bench: &dyn Bench,
    runs: &[Run],
    families: &Families,
    prior: &[f64],
    noise: &[f64],
) -> Vec<f64> {
    let prior = families.prior(prior);
    let mut sum = vec![0.0; prior.len()];
    for kernel in bench.kernels() {
        let answered: Vec<&Run> = runs.iter().filter(|r| r.effects[kernel.0].is_some()).collect();
        let factors: Vec<Vec<bool>> = answered.iter().map(|r| families.factors(&r.members)).collect();
        let seen: Vec<f64> = answered.iter().filter_map(|r| r.effects[kernel.0]).collect();
        for (total, effect) in sum.iter_mut().zip(main_effects(&factors, &seen, &prior, noise[kernel.0])) {
            *total += bench.probe(kernel).weight * effect;
        }
    }
    families.credited(&sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Silent;
    use crate::tune::{FakeBench, random};

    /// A hundred flags, of which these act; what the groups make of them in half a minute.
    fn grouped(truth: &'static [(usize, f64)], trouble: Vec<(CandidateIndex, MeasureError)>) -> Grouped {
        let names: Vec<String> = (0..100).map(|i| format!("-f{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut bench = FakeBench::new(&[0.6, 0.4], &names);
        bench.truth = Box::new(|_, set| {
            truth.iter().filter(|(at, _)| set.contains(&CandidateIndex(*at))).map(|t| t.1).sum()
        });
        bench.trouble = trouble;
        in_half_a_minute(&mut bench, 5)
    }

    /// What groups of all candidates show in half a minute.
    fn in_half_a_minute(bench: &mut FakeBench, seed: u64) -> Grouped {
        let pool: Vec<CandidateIndex> = (0..bench.candidates.len()).map(CandidateIndex).collect();
        let (until, watch, subject) = (Duration::from_secs(30), &Silent as &_, "p");
        let screening =
            Screening { until, at_latest: until, one: Duration::ZERO, once: false, watch, subject };
        let noise = vec![1.5; bench.probes.len()];
        screen_groups(bench, &Set::new(), &pool, &noise, screening, &mut random(seed, "groups")).unwrap()
    }

    #[test]
    fn half_a_minute_finds_the_few_among_a_hundred() {
        let found = grouped(&[(3, 5.0), (77, 3.0), (80, -20.0), (99, 2.5)], Vec::new());
        let mut effects = found.effects.clone();
        effects.sort_by(|a, b| b.1.total_cmp(&a.1));
        let best: Vec<usize> = effects[..3].iter().map(|e| e.0.0).collect();
        assert_eq!(best, [3, 77, 99], "{:?} of {} groups", &effects[..6], found.groups);
        assert_eq!(effects.last().map(|e| e.0.0), Some(80));
    }

    #[test]
    fn what_breaks_a_group_is_found_and_the_rest_goes_on() {
        let crash = MeasureError::Crashed("signal 11".into());
        let refused = MeasureError::Unsupported("no such option".into());
        let trouble = vec![(CandidateIndex(50), crash.clone()), (CandidateIndex(51), refused.clone())];
        let found = grouped(&[(3, 5.0)], trouble);
        let mut failed: Vec<usize> = found.failed.iter().map(|f| f.0.0).collect();
        failed.sort_unstable();
        assert_eq!(failed, [50, 51]);
        let best = found.effects.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        assert_eq!(best.0, CandidateIndex(3));
    }

    /// Six of a hundred bring the same option, which acts; all else does not.
    #[test]
    fn an_option_that_many_bring_is_found() {
        for seed in 0..4 {
            let names: Vec<String> = (0..100).map(|i| format!("-f{i}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut bench = FakeBench::new(&[1.0], &names);
            bench.layout_sd = 1.5;
            for at in 1..6 {
                bench.candidates[at].flags.compile.push("-f0".into());
            }
            bench.truth = Box::new(|_, set| if set.iter().any(|c| c.0 < 6) { 6.0 } else { 0.0 });
            let mut effects = in_half_a_minute(&mut bench, seed).effects;
            effects.sort_by(|a, b| b.1.total_cmp(&a.1));
            let mut best: Vec<usize> = effects[..6].iter().map(|e| e.0.0).collect();
            best.sort_unstable();
            assert_eq!(best, [0, 1, 2, 3, 4, 5], "{:?}", &effects[..8]);
            assert!(effects[5].1 > 3.0 && effects[6].1 < 2.0, "{:?}", &effects[..8]);
        }
    }

    #[test]
    fn groups_that_say_nothing_yet_may_take_longer_where_they_will_say_something() {
        let (until, watch, subject) = (Duration::from_secs(30), &Silent as &_, "p");
        let one = Duration::from_secs(2);
        let screening =
            Screening { until, at_latest: Duration::from_secs(50), one, once: false, watch, subject };
        let after = |now, done| goes_on(Duration::from_secs(now), Duration::from_secs(10), done, screening);
        assert!(after(29, 0) && after(29, FEWEST) && after(34, 0));
        assert!(!after(37, 0) && !after(30, FEWEST));
        // Eight that take 2 s each would end at 51 s.
        assert!(!after(35, 0));
        // Four took 20 s, and four more would end at 50 s; or they took 22 s, and would end at 54 s.
        assert!(after(30, FEWEST / 2) && !after(32, FEWEST / 2));
    }

    #[test]
    fn rivals_never_stand_in_one_group() {
        let rivals = vec![vec![1], vec![0], vec![]];
        for seed in 0..20 {
            let drawn = half(&rivals, &[false; 3], &mut random(seed, "half"));
            assert!(!(drawn[0] && drawn[1]), "{drawn:?}");
        }
    }
}

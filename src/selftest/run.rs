//! The trials: real builds and links through the rule that tuning uses, past the comparison of code that would
//! otherwise see through them.

use super::condition::{Condition, VARIANTS};
use super::interval::{Tested, Trial};
use crate::build::{Builder, CodeCache, Flags};
use crate::catalogue::{Catalogue, Kernel, Role};
use crate::experiment::{Context, Coupling, Planted, ProcessSampler, Rule, Silent};
use crate::files::Workspace;
use crate::toolchain::Compiler;
use crate::tune::{
    Bench, Candidate, CandidateIndex, Claimed, Comparison, Confirming, KernelIndex, MeasureError, Phase, Set,
    Subject, Workbench, allocation, confirm_blind, further_layouts, process_sampler, random, workspace,
};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Layouts of each variant in the pilot.
const PILOT: usize = 2;

/// How the trials are to be done.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The constants of the rule.
    pub rule: Rule,
    /// Seed of every draw.
    pub seed: u64,
    /// Trials of each condition.
    pub trials: usize,
    /// Longest a trial may take.
    pub limit: Duration,
    /// The logical CPU to measure on.
    pub cpu: u32,
    /// Least CPU time of the untimed calls before each sample where wide vectors run, ns.
    pub warm_ns: u64,
    /// How the two sides of a layout are linked.
    pub coupling: Coupling,
}

/// Hears of each trial as it ends.
pub trait Watcher {
    /// Trial `number` of `of` begins.
    fn begins(&self, condition: Condition, kernel: &str, number: usize, of: usize) {
        let _ = (condition, kernel, number, of);
    }
}

impl Watcher for Silent {}

/// Runs the trials of one condition over all kernels in turn. `stop` ends it early with what is done. Errors
/// concern the base of a kernel or the machine.
pub fn run(
    condition: Condition,
    kernels: &[Kernel],
    catalogue: &Catalogue,
    compiler: &Compiler,
    settings: &Settings,
    watch: &dyn Watcher,
    stop: &AtomicBool,
) -> Result<Vec<Trial>, MeasureError> {
    let began = Instant::now();
    // A builder names its files by a counter of its own, so that each has a directory of its own.
    let workspaces = kernels.iter().map(|_| workspace()).collect::<Result<Vec<_>, _>>()?;
    let (cache, name) = (CodeCache::of(compiler), condition.name());
    let mut draws = random(settings.seed, &format!("selftest {name}"));
    let plan = condition.plan(settings.trials, &mut draws);
    let mut order: Vec<usize> = Vec::new();
    while order.len() < plan.len() {
        let mut round: Vec<usize> = (0..kernels.len()).collect();
        round.shuffle(&mut draws);
        order.extend(round);
    }
    let mut done: Vec<Trial> = Vec::new();
    // A bench a kernel, so that objects are compiled once; the order of trials stays the random one.
    let mut benches: Vec<Option<OneBench>> = kernels.iter().map(|_| None).collect();
    for (number, (percents, at)) in plan.iter().zip(&order).enumerate() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let kernel = &kernels[*at];
        watch.begins(condition, &kernel.name, number + 1, plan.len());
        if benches[*at].is_none() {
            benches[*at] =
                Some(OneBench::new(kernel, catalogue, compiler, &workspaces[*at], &cache, settings)?);
        }
        let Some(one) = &benches[*at] else { continue };
        let trial =
            one.with(settings, began, stop, |bench| trials(bench, condition, percents, settings, &mut draws));
        match trial {
            Ok(trial) => done.push(trial),
            Err(MeasureError::Interrupted) => break,
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(done)
}

/// One trial on any bench: its first kernel, its percents as planted candidates, the rule's own looks and claims.
pub fn trials(
    bench: &mut dyn Bench,
    condition: Condition,
    percents: &[i32; VARIANTS],
    settings: &Settings,
    draws: &mut ChaCha8Rng,
) -> Result<Trial, MeasureError> {
    let began = bench.elapsed();
    let kernel = KernelIndex(0);
    let datasets = bench.datasets(kernel);
    let planted = percents.map(|p| Planted::percent(p, datasets));
    let candidates: Vec<CandidateIndex> = planted.iter().map(|p| bench.add(candidate(*p))).collect();
    let until = began + settings.limit;
    // A pilot tells how many pairs a layout is worth; what it measured is not used again.
    let mut pilot: Vec<Comparison> =
        candidates.iter().map(|c| Comparison::new(Set::new(), vec![*c], vec![kernel])).collect();
    let mut all: Vec<&mut Comparison> = pilot.iter_mut().collect();
    further_layouts(bench, &mut all, Phase::Confirm, PILOT, draws)?;
    for one in allocation(bench, &pilot.iter().collect::<Vec<_>>()) {
        bench.allocate(one.kernel, one.pairs);
    }
    let confirming = Confirming { rule: &settings.rule, until, watch: &Silent, subject: "selftest" };
    let claims = confirm_blind(bench, &candidates, &[kernel], confirming, draws)?;
    let pairs: u32 = claims.iter().map(|c| c.comparison.pairs()).sum();
    let samples = claims.iter().flat_map(|c| c.comparison.samples.iter().flatten());
    let preempted: u32 = samples.map(|s| s.preempted).sum();
    let tested = std::array::from_fn(|i| tested(percents[i], planted[i], &claims[i], began));
    Ok(Trial {
        condition,
        kernel: bench.probe(kernel).name.clone(),
        seconds: bench.elapsed().saturating_sub(began).as_secs_f64(),
        preempted: if pairs == 0 { 0.0 } else { f64::from(preempted) / f64::from(pairs) },
        pairs,
        tested,
    })
}

fn candidate(planted: Planted) -> Candidate {
    Candidate {
        flags: Flags::default(),
        conflicts: Vec::new(),
        bundle: false,
        likely: 1.0,
        withheld: None,
        contraction: None,
        note: String::new(),
        planted,
    }
}

fn tested(percent: i32, planted: Planted, claim: &Claimed, began: Duration) -> Tested {
    let found = claim.interval();
    Tested {
        planted: percent,
        truth: planted.effect(),
        verdict: claim.verdict,
        effect: found.map(|i| i.effect),
        low: found.map(|i| i.low),
        high: found.map(|i| i.high),
        sd: found.map(|i| i.sd),
        layouts: found.map_or(0, |i| i.layouts),
        seconds: claim.at.map(|at| at.saturating_sub(began).as_secs_f64()),
    }
}

/// A kernel's builder and runner, kept over its trials.
struct OneBench<'a> {
    builder: Builder<'a>,
    sampler: ProcessSampler,
    kernel: Vec<Kernel>,
}

impl<'a> OneBench<'a> {
    fn new(
        kernel: &Kernel,
        catalogue: &Catalogue,
        compiler: &'a Compiler,
        workspace: &'a Workspace,
        cache: &'a CodeCache,
        settings: &Settings,
    ) -> Result<OneBench<'a>, MeasureError> {
        let package = kernel.package.as_deref().and_then(|name| Subject::package(catalogue, name));
        let base = package.map_or_else(|| Subject::kernel(kernel.clone(), &["-O2".into()]).base, |p| p.base);
        let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
        let builder = Builder::new(compiler, workspace, cache, base, support, probe_h);
        let sampler = process_sampler(&builder, catalogue, compiler, settings.cpu)?;
        // A control counts here like any other: its effects are planted too.
        let kernel = vec![Kernel { role: Role::Kernel, ..kernel.clone() }.numbered(0)];
        Ok(OneBench { builder, sampler, kernel })
    }

    fn with<T>(
        &self,
        settings: &Settings,
        began: Instant,
        stop: &AtomicBool,
        work: impl FnOnce(&mut dyn Bench) -> T,
    ) -> T {
        let Settings { cpu, warm_ns, coupling, .. } = *settings;
        let context = Context { sampler: &self.sampler, cpu, warm_ns, coupling, began, stop, watch: &Silent };
        let mut bench = Workbench::new(&self.builder, context, &self.kernel, &[1.0], Vec::new());
        work(&mut bench)
    }
}

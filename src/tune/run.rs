//! The main job below the command line: subjects one after another on one machine, and the profile they make.

use super::answers::answers;
use super::bench::{CandidateIndex, KernelIndex, MeasureError};
use super::candidates::candidates;
use super::section::{control, layout_sd, section};
use super::setup::{command_sampler, loaded_sampler, process_sampler, workspace};
use super::stages::{Found, Plan, tune};
use super::subject::Subject;
use super::tally::Tally;
use super::workbench::{Calls, Workbench};
use crate::build::{BuildError, Builder, Built, CodeCache, Flags};
use crate::catalogue::{Catalogue, Kernel};
use crate::experiment::{
    CommandSampler, Context, Coupling, Entry, Fault, Job, Journal, Journaled, Layout, METHOD, Observer,
    Planted, Rule, Sampler,
};
use crate::files::Workspace;
use crate::profile::{AaControl, CodeBytes, Evidence, Measurement, Noise, Section, SpentSeconds, Verdict};
use crate::toolchain::{Compiler, Launcher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Share of the budget for accepting flags and for building and comparing code, over all subjects.
const BUILDING: f64 = 0.15;
/// Share of a subject's time that is left for the compile times of a whole host's answers.
const COMPILE_TIMES: f64 = 0.05;
/// Data sets a kernel without front matter is asked for.
const MOST_DATASETS: u32 = 16;

/// How a run is to be done.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The constants of the rule.
    pub rule: Rule,
    /// Seed of every draw.
    pub seed: u64,
    /// Wall time for everything.
    pub budget: Duration,
    /// Of it already spent on acceptance.
    pub accept: Duration,
    /// The logical CPU to measure on.
    pub cpu: u32,
    /// Least untimed part of a turn, ns: 2 ms where AVX-512 has frequency licences, else 0.
    pub warm_ns: u64,
    /// How the two sides of a layout are linked.
    pub coupling: Coupling,
    /// What to do about noise here, for the case that it forbids a verdict.
    pub advice: String,
}

/// What a run leaves.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Sections in the subjects' order.
    pub sections: Vec<Section>,
    /// How they were obtained.
    pub measurement: Measurement,
    /// False when the user ended it.
    pub complete: bool,
    /// Where the time went, over all subjects.
    pub tally: Tally,
}

/// A subject's share of the time, beside those of the others: a layout costs as much as there are kernels, and what is sought
/// among many kernels is also seen by more of them.
fn share(subject: &Subject) -> f64 {
    (subject.kernels.len().max(1) as f64).sqrt()
}

/// Tunes the subjects in turn, each with its share of what is left. `stop` ends it early; what was measured is
/// kept, and in the journal as it goes. Errors concern the base of a kernel or the machine.
pub fn run(
    subjects: &[Subject],
    catalogue: &Catalogue,
    compiler: &Compiler,
    settings: &Settings,
    journal: &Journal,
    watch: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome, MeasureError> {
    let began = Instant::now();
    let budget = settings.budget.saturating_sub(settings.accept);
    // One for all subjects.
    let _launcher = Launcher::of(compiler);
    let workspace = workspace()?;
    let cache = CodeCache::of(compiler);
    let mut sections = Vec::new();
    let allowed = settings.budget.mul_f64(BUILDING).saturating_sub(settings.accept);
    let (mut complete, mut spent) =
        (true, SpentSeconds { accept: settings.accept.as_secs_f64(), ..Default::default() });
    let (mut controls, mut spreads, mut all): (Vec<AaControl>, Vec<f64>, Tally) = Default::default();
    for (at, subject) in subjects.iter().enumerate() {
        let from = began.elapsed();
        let part = share(subject) / subjects[at..].iter().map(share).sum::<f64>();
        let until = from + budget.saturating_sub(from).mul_f64(part);
        let place = Place {
            catalogue,
            compiler,
            settings,
            workspace: &workspace,
            cache: &cache,
            journal,
            watch,
            stop,
        };
        let left = allowed.saturating_sub(Duration::from_secs_f64(spent.identity));
        let identity = left.mul_f64(part);
        let (found, made, tally) = place.one(subject, began, (from, identity, until))?;
        complete &= !found.interrupted;
        spent.identity += found.spent.identity;
        spent.screen += found.spent.screen;
        spent.search += found.spent.search;
        spent.confirm += found.spent.confirm;
        controls.extend(control(&found));
        spreads.push(layout_sd(&found));
        all = all + tally;
        sections.push(made);
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    complete &= sections.len() == subjects.len();
    let measurement = Measurement {
        method: METHOD.into(),
        alpha: settings.rule.alpha,
        margin: settings.rule.margin,
        max_regression: settings.rule.max_regression,
        noise: Noise {
            layout_sd: round(crate::experiment::stats::median(&spreads)),
            preempted: round(all.preempted_share()),
        },
        aa: worst(&controls),
        seed: settings.seed,
        evaluations: all.evaluations,
        pairs: all.pairs,
        spent_s: SpentSeconds {
            accept: round(spent.accept),
            identity: round(spent.identity),
            screen: round(spent.screen),
            search: round(spent.search),
            confirm: round(spent.confirm),
        },
    };
    Ok(Outcome { sections, measurement, complete, tally: all })
}

/// The control furthest from 0: a claim, if there is one.
fn worst(controls: &[AaControl]) -> AaControl {
    let distance = |c: &AaControl| c.low.max(-c.high).max(0.0) * 1e3 + c.effect.abs();
    let none = AaControl { verdict: Verdict::Inconclusive, effect: 0.0, low: 0.0, high: 0.0 };
    controls.iter().max_by(|a, b| distance(a).total_cmp(&distance(b))).cloned().unwrap_or(none)
}

fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// Where a subject is tuned.
struct Place<'a> {
    catalogue: &'a Catalogue,
    compiler: &'a Compiler,
    settings: &'a Settings,
    workspace: &'a Workspace,
    cache: &'a CodeCache,
    journal: &'a Journal,
    watch: &'a dyn Observer,
    stop: &'a AtomicBool,
}

impl Place<'_> {
    fn one(
        &self,
        subject: &Subject,
        began: Instant,
        (from, identity, until): (Duration, Duration, Duration),
    ) -> Result<(Found, Section, Tally), MeasureError> {
        let Place { catalogue, settings, .. } = self;
        let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
        let builder =
            Builder::new(self.compiler, self.workspace, self.cache, subject.build_base(), support, probe_h);
        let builder = match &subject.replay {
            Some(replay) => builder.replaying(replay),
            None => builder,
        };
        let process = process_sampler(&builder, catalogue, self.compiler, settings.cpu)?;
        let command = command_sampler(&builder, self.workspace, subject, settings.cpu)?;
        let (apart, tools) =
            (subject.loaded.as_ref().map(|_| workspace()).transpose()?, (self.compiler, self.cache));
        let folders = (apart.as_ref(), self.workspace);
        let loaded = loaded_sampler(catalogue, tools, folders, subject, settings.cpu)?;
        let measuring: &dyn Sampler = match (&command, &loaded) {
            (Some(command), _) => command,
            (None, Some(loaded)) => loaded,
            (None, None) => &process,
        };
        let sampler = Journaled::new(measuring, self.journal);
        let numbered: Vec<Kernel> =
            subject.kernels.iter().enumerate().map(|(n, k)| k.clone().numbered(n)).collect();
        let (kernels, calls) = self.sound(&numbered, &builder, (&sampler, command.as_ref()))?;
        let (made, settled) = candidates(catalogue, subject);
        let order = (0..made.len()).map(CandidateIndex).collect();
        let weights = subject.weights();
        let context = Context {
            sampler: &sampler,
            cpu: settings.cpu,
            warm_ns: settings.warm_ns,
            coupling: settings.coupling,
            began,
            stop: self.stop,
            watch: self.watch,
        };
        let mut bench = Workbench::new(&builder, context, &kernels, &weights, made).calibrated(calls);
        // Building the base is no part of any stage: the shares are of what is left after it.
        let from = began.elapsed().max(from);
        let for_compile_times =
            if kernels.iter().any(|k| !k.domain.is_empty()) { COMPILE_TIMES } else { 0.0 };
        let plan = Plan {
            subject: subject.name.clone(),
            order,
            rule: settings.rule,
            seed: settings.seed,
            from,
            identity,
            until: until.saturating_sub(until.saturating_sub(from).mul_f64(for_compile_times)),
        };
        let found = tune(&mut bench, &plan, self.watch)?;
        let base = [&subject.base.compile[..], &subject.base.link].concat();
        let mut made = section(
            &mut bench,
            &self.compiler.id(),
            &base,
            &found,
            settled,
            &settings.rule,
            &settings.advice,
        );
        made.answer = answers(&mut bench, &found, &settings.rule, until);
        let tally = bench.tally();
        made.allowed = subject.allowed.iter().map(|risk| risk.name().to_string()).collect();
        made.allowed.extend(subject.opted_in.iter().cloned());
        made.exact = subject.exact;
        made.evidence = subject.evidence;
        made.sources = subject.sources.clone();
        if subject.evidence == Evidence::Package {
            // Every operation is linked with the whole library.
            let kernels = subject.kernels.len().max(1) as u64;
            made.code_bytes =
                made.code_bytes.map(|b| CodeBytes { base: b.base / kernels, flags: b.flags / kernels });
        }
        Ok((found, made, tally))
    }

    /// The kernels, which compile and run under their base flags, with their data sets counted where front matter does not
    /// name them, and the calls a sample of each data set needs.
    fn sound(
        &self,
        kernels: &[Kernel],
        builder: &Builder,
        (sampler, command): (&dyn Sampler, Option<&CommandSampler>),
    ) -> Result<(Vec<Kernel>, Calls), MeasureError> {
        let input = |kernel: KernelIndex, what: String| {
            MeasureError::Base(format!("kernel {}: {what}", kernels[kernel.0].name))
        };
        let build = |at: KernelIndex, doing: &str, error: BuildError| match error {
            BuildError::Rejected(why) if why.said().contains("multiple definition") => MeasureError::Base(
                format!("two kernels of one package define the same name; make it static: {why}"),
            ),
            other => input(at, format!("does not {doing} under its base flags: {other}")),
        };
        let built: Built = builder
            .build_all(kernels, &Flags::default())
            .map_err(|(at, error)| build(KernelIndex(at), "compile", error))?;
        let link = || builder.link(&built, &Layout::canonical(built.objects.len()));
        let (a, b) =
            link().and_then(|a| Ok((a, link()?))).map_err(|error| build(KernelIndex(0), "link", error))?;
        let unnamed = |k: &Kernel| k.package.is_none() && k.datasets == ["default"];
        let mut entries = Vec::new();
        for (at, kernel) in kernels.iter().enumerate() {
            let most = if unnamed(kernel) { MOST_DATASETS } else { kernel.datasets.len() as u32 };
            let (kernel, seed) = (at as u32, self.settings.seed);
            let entry =
                |dataset| Entry { kernel, dataset, seed, calls: 0, pairs: 0, planted: false, bounded: false };
            entries.extend((0..most).map(entry));
        }
        let (warm_ns, draw, planted) = (0, 0, Planted::NONE);
        let job = Job { a: a.clone(), b: b.clone(), warm_ns, draw, planted, entries };
        let answers = sampler.run(&job);
        let reached = command.map_or(Ok(true), |command| command.reaches_target(&a));
        for file in [a, b] {
            std::fs::remove_file(file).ok();
        }
        let process = |what: String| MeasureError::Machine(format!("the measuring process: {what}"));
        let answers = answers.map_err(|fault| match fault {
            Fault::Process(what) | Fault::Machine(what) => process(what),
            other => process(other.to_string()),
        })?;
        if matches!(reached, Ok(false)) && answers.iter().all(Result::is_ok) {
            let what = "the command does the same without the rebuilt file: name it by its path, or write {} in its place";
            return Err(input(KernelIndex(0), what.into()));
        }
        let (mut found, mut calls) = (kernels.to_vec(), Calls::new());
        for (entry, answer) in job.entries.iter().zip(answers) {
            let (kernel, dataset) = (KernelIndex(entry.kernel as usize), entry.dataset);
            let further = unnamed(&kernels[kernel.0]) && dataset > 0;
            let own = &mut found[kernel.0].datasets;
            match answer {
                Ok(samples) => {
                    if further && own.len() == dataset as usize {
                        own.push(dataset.to_string());
                    }
                    calls.insert((kernel, dataset as usize), samples.calls);
                }
                Err(Fault::NotAKernel { what, .. }) if further && what == "no such data set" => {}
                Err(Fault::WrongResult { .. }) if command.is_some() => {
                    let what =
                        "the command's output changes from run to run; make it write the same each time";
                    return Err(input(kernel, what.into()));
                }
                Err(Fault::WrongResult { .. }) => {
                    return Err(input(
                        kernel,
                        format!(
                            "two builds under the same flags give different checksums on data set {dataset}; \
                             probe_run must depend on the seed and its earlier calls alone"
                        ),
                    ));
                }
                Err(Fault::Machine(what)) => return Err(process(what)),
                Err(fault) => {
                    let fault = fault.to_string();
                    let hint = match fault.contains("SIGABRT") || fault.contains("SIGSYS") {
                        true => {
                            "; a kernel may not start threads or processes, open files for writing, or reach the network"
                        }
                        false => "",
                    };
                    return Err(input(kernel, format!("fails under its base flags: {fault}{hint}")));
                }
            }
        }
        Ok((found, calls))
    }
}

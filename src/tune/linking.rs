//! The layouts of some requests, linked ahead of the clock.

use super::bench::{Answers, KernelIndex, MeasureError, SampleRequest, Set};
use super::workbench::Workbench;
use crate::build::{BuildError, Built};
use crate::experiment::{Coupling, Layout};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

/// Layouts linked ahead of the one that is timed.
const AHEAD: usize = 2;

/// What the two sides of a layout are linked from.
type Sides = [(Built, Layout); 2];

impl Workbench<'_> {
    /// Measures one layout for each request: while one is timed the next ones are linked on the other CPUs.
    pub(super) fn sample_all(&mut self, requests: &[SampleRequest]) -> Vec<Answers> {
        self.ensure_built(requests.iter().flat_map(|r| [&r.a, &r.b]));
        let failed = |request: &SampleRequest, (kernel, error): (KernelIndex, MeasureError)| -> Answers {
            let of = |k: &KernelIndex| {
                Err(if *k == kernel || error.ends_run() { error.clone() } else { elsewhere() })
            };
            let all: Answers = request.kernels.iter().map(of).collect();
            // A kernel that is not asked for may be at fault: the variant is one file.
            let told = request.kernels.contains(&kernel) || error.ends_run();
            if told { all } else { request.kernels.iter().map(|_| Err(error.clone())).collect() }
        };
        // What is linked: as a rule both sides by the same layout.
        let jobs: Vec<Result<Sides, (KernelIndex, MeasureError)>> = requests
            .iter()
            .map(|request| {
                let mut random = ChaCha8Rng::seed_from_u64(request.draw);
                let seed: u64 = random.random();
                let other = if self.context.coupling == Coupling::Coupled { seed } else { random.random() };
                let of = |set: &Set, seed: u64| {
                    let built = self.built(set)?.clone();
                    let layout = Layout::draw(built.objects.len(), seed);
                    Ok((built, layout))
                };
                Ok([of(&request.a, seed)?, of(&request.b, other)?])
            })
            .collect();
        let (builder, context) = (self.builder, self.context);
        let stop = context.stop;
        let mut answers = Vec::new();
        std::thread::scope(|scope| {
            let (send, linked) = sync_channel(AHEAD);
            let keep_off = context.cpu;
            scope.spawn(move || {
                crate::experiment::keep_off(keep_off);
                for job in jobs {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let files = job.map(|sides| sides.map(|(built, layout)| builder.link(&built, &layout)));
                    if let Err(unused) = send.send(files) {
                        remove(unused.0);
                        return;
                    }
                }
            });
            for request in requests {
                let waited = Instant::now();
                let files = linked.recv();
                self.links.add(1, waited.elapsed());
                self.tally.linking += waited.elapsed();
                let interrupted = stop.load(Ordering::Relaxed);
                answers.push(match files {
                    Ok(Ok([Ok(a), Ok(b)])) if !interrupted => {
                        let answer = self.time(request, &a, &b);
                        remove(Ok([Ok(a), Ok(b)]));
                        answer
                    }
                    Ok(Ok([a, b])) if !interrupted => {
                        let set = if a.is_err() { &request.a } else { &request.b };
                        let error = [&a, &b].into_iter().find_map(|f| f.as_ref().err()).cloned();
                        remove(Ok([a, b]));
                        let error = error.map(|e| self.build_trouble(KernelIndex(0), set, &e));
                        let error = error.unwrap_or(MeasureError::Interrupted);
                        request.kernels.iter().map(|_| Err(error.clone())).collect()
                    }
                    Ok(Err(error)) => failed(request, error),
                    Ok(files) => {
                        remove(files);
                        failed(request, (KernelIndex(0), MeasureError::Interrupted))
                    }
                    Err(_) => failed(request, (KernelIndex(0), MeasureError::Interrupted)),
                });
            }
        });
        answers
    }
}

/// What is said of the kernels of a variant that another one keeps from being built.
fn elsewhere() -> MeasureError {
    MeasureError::Unsupported("another kernel of the same shared object does not build".into())
}

/// Removes what was linked and is not needed.
fn remove(files: Result<[Result<PathBuf, BuildError>; 2], (KernelIndex, MeasureError)>) {
    for file in files.into_iter().flatten().flatten() {
        std::fs::remove_file(file).ok();
    }
}

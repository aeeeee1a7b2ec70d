//! How long acceptance and identity take: figures to be read, with no assertion on time. Not run by default:
//! `cargo nextest run --release --run-ignored only --no-capture pace::`; HWTUNE_PACE names the packages,
//! HWTUNE_PACE_FLAGS is `catalogue`, `all` or both, HWTUNE_DRIVER takes the long way for comparison.

use hwtune::build::{Builder, CodeCache, Flags};
use hwtune::catalogue::{Catalogue, Kernel};
use hwtune::experiment::{Context, Coupling, ProcessSampler, Silent};
use hwtune::files::Workspace;
use hwtune::toolchain::{self, Compiler};
use hwtune::tune::{
    Bench, CandidateIndex, CodeQuestion, RowsFor, Set, Source, Subject, Workbench, candidates, rows,
};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// CPU seconds of this process and of its children that ended.
fn cpu() -> (f64, f64) {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> =
        text.rsplit(')').next().unwrap_or("").split_whitespace().map(|w| w.parse().unwrap_or(0.0)).collect();
    ((fields[11] + fields[12]) / 100.0, (fields[13] + fields[14]) / 100.0)
}

struct Lap(Instant, (f64, f64));

impl Lap {
    fn begin() -> Lap {
        Lap(Instant::now(), cpu())
    }

    fn end(self, what: &str) {
        let now = cpu();
        let (wall, own, children) = (self.0.elapsed().as_secs_f64(), now.0 - (self.1).0, now.1 - (self.1).1);
        println!(
            "{what}: {wall:.2} s wall, CPU {own:.2} s own, {children:.2} s compilers, half {:.2}",
            (own + children) / 2.0
        );
    }
}

#[test]
#[ignore = "prints figures"]
fn acceptance_and_identity() {
    toolchain::use_cache(false);
    let catalogue = Catalogue::load(None).unwrap();
    let gcc = Compiler::ask(Path::new("gcc")).unwrap();
    let host = hwtune::host::live().unwrap();
    let choice = toolchain::decide(&host, &gcc, true).unwrap();
    let packages = std::env::var("HWTUNE_PACE").unwrap_or("zlib glibc".into());
    for name in packages.split_whitespace() {
        let package = &catalogue.packages[name];
        let kernels: Vec<Kernel> =
            catalogue.kernels.iter().filter(|k| k.package.as_deref() == Some(name)).cloned().collect();
        let kernels: Vec<Kernel> = kernels.into_iter().enumerate().map(|(n, k)| k.numbered(n)).collect();
        let chosen = std::env::var("HWTUNE_PACE_FLAGS").unwrap_or("catalogue all".into());
        let sources = [("catalogue", Source::Catalogue), ("all", Source::All)];
        for (what, source) in sources.into_iter().filter(|s| chosen.split_whitespace().any(|c| c == s.0)) {
            let lap = Lap::begin();
            let rows = rows(RowsFor {
                catalogue: &catalogue,
                compiler: &gcc,
                choice: &choice,
                offered: &host.host.features,
                base: &package.base,
                source: &source,
                allowed: &[],
                earlier: &[],
            })
            .unwrap();
            let subject = Subject { rows, ..Subject::package(&catalogue, name).unwrap() };
            let (made, settled) = candidates(&catalogue, &subject);
            lap.end(&format!("{name} {what}: acceptance of {} + {}", made.len(), settled.len()));
            let (workspace, cache, stop) =
                (Workspace::new().unwrap(), CodeCache::default(), AtomicBool::new(false));
            let base = Flags { compile: package.base.clone(), link: package.link.clone() };
            let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
            for pass in ["cold", "warm"] {
                let lap = Lap::begin();
                let (support, probe_h) = (support.clone(), probe_h.clone());
                let builder = Builder::new(&gcc, &workspace, &cache, base.clone(), support, probe_h);
                let builder =
                    if std::env::var_os("HWTUNE_DRIVER").is_some() { builder.by_driver() } else { builder };
                let sampler = ProcessSampler { executable: "/".into(), cpu: 0, limit: Duration::ZERO };
                let weights = vec![1.0; kernels.len()];
                let context = Context {
                    sampler: &sampler,
                    cpu: 0,
                    warm_ns: 0,
                    coupling: Coupling::default(),
                    began: Instant::now(),
                    stop: &stop,
                    watch: &Silent,
                };
                let mut bench = Workbench::new(&builder, context, &kernels, &weights, made.clone());
                let order: Vec<CandidateIndex> = (0..made.len()).map(CandidateIndex).collect();
                // As identification does it: candidates that change anything; then the rest of what they change.
                let (mut changed, mut pairs) = (Vec::new(), 0);
                let first = Lap::begin();
                for chunk in order.chunks(8) {
                    let wanted: Vec<(Set, Set)> = chunk.iter().map(|c| (Set::new(), vec![*c])).collect();
                    let answers = bench.differing(&wanted);
                    let some = chunk.iter().zip(&answers).filter(|(_, a)| matches!(a, Ok(Some(_))));
                    changed.extend(some.map(|(c, _)| *c));
                }
                let spared = builder.spared();
                first.end(&format!(
                    "{name} {what}, {pass}: {} of {} change something, {spared} units without the driver",
                    changed.len(),
                    made.len()
                ));
                for chunk in changed.chunks(8) {
                    let questions = |c: &CandidateIndex| bench.questions(&Set::new(), &vec![*c]);
                    let wanted: Vec<CodeQuestion> = chunk.iter().flat_map(questions).collect();
                    pairs += bench.same(&wanted).iter().filter(|a| matches!(a, Ok(false))).count();
                }
                let spared = builder.spared();
                lap.end(&format!(
                    "{name} {what}, {pass}: {pairs} kernels changed, {spared} units without the driver"
                ));
            }
        }
    }
}

//! Results that differ where a function's contract is the size of an error.

use crate::faults::support::Place;
use crate::support::bench::{Bench, linked};
use hwtune::catalogue::{Catalogue, Kernel};
use hwtune::experiment::{Accuracy, Evaluator, Fault};
use hwtune::profile::{self, Judgement, Verdict, WithinBounds};
use hwtune::tune::judge_bounds;
use std::path::Path;

/// Cube roots by Newton's method: fused multiply-adds round them otherwise, and `-Os` takes a wrong constant.
const ROOTS: &str = r#"/* hwtune:
title = "Cube roots"
bounds = ["cbrt"]
*/
#include "probe.h"
#include <string.h>
#ifdef __OPTIMIZE_SIZE__
#define ONE (1 + 0x1p-45)
#else
#define ONE 1.0
#endif
static double in[4096];
static double root(double x)
{
    if (x == 0 || x - x != 0) return x;
    double a = (x < 0 ? -x : x) * ONE, scale = 1, y;
    if (a < 0x1p-900) a *= 0x1p300, scale = 0x1p-100;
    uint64_t bits;
    memcpy(&bits, &a, sizeof bits);
    bits = bits / 3 + UINT64_C(0x2a9f7893782da1ce);
    memcpy(&y, &bits, sizeof y);
    for (int i = 0; i < 5; i++) y -= (y * y * y - a) / (3 * y * y);
    return x < 0 ? -y * scale : y * scale;
}
void probe_setup(uint64_t seed)
{
    for (int i = 0; i < 4096; i++) in[i] = (double)(support_random(&seed) >> 20);
}
uint64_t probe_run(void)
{
    uint64_t sum = 0, bits;
    for (int i = 0; i < 4096; i++) {
        double y = root(in[i]);
        memcpy(&bits, &y, sizeof bits);
        sum = sum * 31 + bits;
    }
    return sum;
}
void probe_values(unsigned function, const double *x, const double *y, double *results, size_t n)
{
    (void)function, (void)y;
    for (size_t i = 0; i < n; i++) results[i] = root(x[i]);
}
"#;

#[cfg(target_arch = "x86_64")]
fn has_fma() -> bool {
    std::arch::is_x86_feature_detected!("fma")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_fma() -> bool {
    false
}

/// One flag alone, which is measured however short the time is.
fn judged(flag: &str, further: &[&str]) -> Judgement {
    let place = Place::new();
    place.file("mine.c", ROOTS);
    place.file("flags", &format!("{flag}\n"));
    let output = place.tune(further);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    place.clean();
    let made = profile::read(&place.path("host.toml")).unwrap();
    made.kernel["mine"].judged.iter().find(|j| j.flags == [flag]).unwrap().clone()
}

#[test]
fn contraction_stays_within_the_bound_and_a_wrong_constant_does_not() {
    if !has_fma() {
        return;
    }
    let contracted = judged("-mfma", &[]);
    assert_ne!(contracted.verdict, Verdict::WrongResult, "{}", contracted.reason);
    let [within] = &contracted.within_bounds[..] else { panic!("{contracted:?}") };
    let WithinBounds { kernel, function, base, variant, bound } = within;
    assert_eq!((kernel.as_str(), function.as_str(), *bound), ("mine", "cbrt", 4.0));
    assert!([base, variant].iter().all(|error| (0.5..=4.5).contains(*error)), "{within:?}");
    let wrong = judged("-Os", &[]);
    assert_eq!(wrong.verdict, Verdict::WrongResult);
    assert!(wrong.reason.contains("cbrt(") && wrong.reason.contains("4 is documented"), "{}", wrong.reason);
    assert!(wrong.within_bounds.is_empty());
}

#[test]
fn where_exactly_the_same_is_asked_for_contraction_is_wrong_as_well() {
    if !has_fma() {
        return;
    }
    let one = judged("-mfma", &["--exact"]);
    assert_eq!(one.verdict, Verdict::WrongResult, "{}", one.reason);
    assert!(one.reason.contains("instead of") && one.within_bounds.is_empty(), "{}", one.reason);
}

/// What a kernel's functions are worth under some flags.
fn evaluated(bench: &Bench, kernel: &Kernel, flags: &[&str]) -> Result<Vec<Accuracy>, Fault> {
    let builder = bench.builder();
    let file = linked(&builder, std::slice::from_ref(kernel), flags);
    let executable = builder.program_of_bounds().unwrap();
    let cpu = hwtune::host::allowed_cpus()[0];
    let evaluator = Evaluator { executable, cpu, loader: None };
    evaluator.run(&file, 0, Evaluator::SEED, &kernel.bounds)
}

#[test]
fn the_kernel_of_libm_keeps_glibcs_bounds_under_contraction_and_not_under_fast_math() {
    let bench = Bench::new();
    let kernel = Catalogue::load(None).unwrap().kernels.into_iter().find(|k| k.name == "glibc/libm").unwrap();
    let base = evaluated(&bench, &kernel, &[]).unwrap();
    for (bound, found) in kernel.bounds.iter().zip(&base) {
        assert!(found.keeps(bound) && found.error >= 0.5, "{}: {found:?}", bound.name);
    }
    if has_fma() {
        let contracted = evaluated(&bench, &kernel, &["-mfma"]).unwrap();
        let within = judge_bounds(&kernel.name, &kernel.bounds, &base, &contracted).unwrap();
        assert!(!within.is_empty(), "gcc contracts");
    }
    let wrong = evaluated(&bench, &kernel, &["-ffast-math"]).unwrap();
    let why = judge_bounds(&kernel.name, &kernel.bounds, &base, &wrong).unwrap_err();
    assert!(why.contains("documented"), "{why}");
}

#[test]
fn this_machines_libm_keeps_the_bounds_as_the_driver_of_glibc_calls_it() {
    let bench = Bench::new();
    let trial = &bench.catalogue.trials["glibc"];
    let at = trial.operation.iter().position(|o| o.name == "libm").unwrap();
    let unit = trial.driver_unit(at);
    let bounds = trial.operation[at].bounds();
    let kernel = Kernel { bounds, ..crate::support::bench::kernel("trial", &unit.text) };
    let found = evaluated(&bench, &kernel, &["-fno-builtin"]).unwrap();
    assert_eq!(found.len(), 11);
    for (bound, found) in kernel.bounds.iter().zip(&found) {
        assert!(found.keeps(bound), "{}: {found:?}", bound.name);
    }
}

#[test]
fn functions_that_crash_are_a_fault_of_the_build() {
    let bench = Bench::new();
    let place = tempfile::tempdir().unwrap();
    let of = |body: &str| {
        let text = ROOTS.replace("(void)function, (void)y;", &format!("(void)function; {body}"));
        let file = place.path().join("mine.c");
        std::fs::write(&file, text).unwrap();
        let kernel = hwtune::catalogue::user_kernel(Path::new(&file)).unwrap();
        evaluated(&bench, &kernel, &[]).unwrap_err()
    };
    assert!(matches!(of("((double *)y)[1 << 28] = 1;"), Fault::Crashed { what, .. } if what == "SIGSEGV"));
    assert!(matches!(of("__builtin_trap();"), Fault::Crashed { what, .. } if what == "SIGILL"));
}

#[test]
fn a_function_without_a_bound_and_a_kernel_without_values_are_bad_input() {
    let place = Place::new();
    for (text, words) in [
        (ROOTS.replace("\"cbrt\"", "\"cbrtf\""), ["`cbrtf` has no documented bound", "name functions of"]),
        (ROOTS.replace("probe_values", "values"), ["without probe_values", "probe.h"]),
    ] {
        place.file("mine.c", &text);
        place.file("flags", "-O3\n");
        crate::faults::support::fails("bounds", &place.tune(&[]), 2, &words);
    }
}

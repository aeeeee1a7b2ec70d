//! All kernels of a subject in one shared object.

use crate::measure::SUM;
use crate::support::bench::{Bench, body, built, entry, flags, job, kernel, linked, numbered};
use hwtune::build::BuildError;
use hwtune::catalogue::{Kernel, Unit};
use hwtune::experiment::{Entry, Sampler};
use object::{Object as _, ObjectSymbol as _};
use std::collections::HashMap;
use std::path::Path;

/// How often each function is defined in a file.
fn defined(file: &Path) -> HashMap<String, usize> {
    let bytes = std::fs::read(file).unwrap();
    let parsed = object::File::parse(&*bytes).unwrap();
    let mut all = HashMap::new();
    for symbol in parsed.symbols().filter(|s| s.is_definition()) {
        *all.entry(symbol.name().unwrap().to_string()).or_default() += 1;
    }
    all
}

/// A kernel whose result comes from a unit of its own.
fn over(name: &str, unit: &Unit) -> Kernel {
    let mut made = kernel(
        name,
        "#include \"probe.h\"\nuint64_t hwk_step(uint64_t);\nstatic uint64_t n;\n\
        void probe_setup(uint64_t seed) { n = seed; }\nuint64_t probe_run(void) { return n = hwk_step(n); }\n",
    );
    made.units.push(unit.clone());
    made
}

fn unit(file: &str, text: &str) -> Unit {
    Unit { file: file.into(), text: text.into() }
}

#[test]
fn a_unit_of_two_kernels_is_in_the_shared_object_once() {
    let bench = Bench::new();
    let builder = bench.builder();
    let step = unit("step.c", "#include <stdint.h>\nuint64_t hwk_step(uint64_t n) { return n * 3 + 1; }\n");
    let two = [over("one", &step), over("other", &step)];
    let made = built(&builder, &two, &[]).unwrap();
    assert_eq!(made.objects.len(), 4, "either kernel, their unit, and what prepares inputs: {made:?}");
    let file = linked(&builder, &two, &[]);
    let names = defined(&file);
    for name in ["hwk_step", "support_text", "probe_run_0", "probe_setup_0", "probe_run_1", "probe_setup_1"] {
        assert_eq!(names.get(name), Some(&1), "{name}: {names:?}");
    }
    assert!(!names.contains_key("probe_run") && !names.contains_key("probe_setup"), "{names:?}");
    let answers = bench.run([&two, &two], &["-O3"], &[entry(0, 1), entry(1, 1)]).unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

#[test]
fn a_unit_that_any_kernel_tests_is_built_with_the_flags_under_test() {
    let bench = Bench::new();
    let builder = bench.builder();
    let step = unit(
        "step.c",
        "#include <stdint.h>\n#ifdef UNDER_TEST\nint under_test;\n#endif\nuint64_t hwk_step(uint64_t n) { return n + 1; }\n",
    );
    let prepares = unit("prepares.c", "#ifdef UNDER_TEST\nint prepares_under_test;\n#endif\nint prepares;\n");
    let mut second = over("second", &step);
    // To one kernel it is what prepares inputs, to the other it is what is measured.
    second.units.pop();
    second.setup = vec![step.clone(), prepares.clone()];
    let first = over("first", &step);
    for two in [[first.clone(), second.clone()], [second, first]] {
        let made = built(&builder, &two, &["-DUNDER_TEST"]).unwrap();
        assert_eq!(made.objects.len(), 5);
        let names = defined(&linked(&builder, &two, &["-DUNDER_TEST"]));
        let of = |name: &str| names.get(name).copied().unwrap_or(0);
        assert_eq!(
            [of("hwk_step"), of("under_test"), of("prepares"), of("prepares_under_test")],
            [1, 1, 1, 0]
        );
    }
}

#[test]
fn a_kernel_that_does_not_build_is_named_by_its_place_and_its_own_line() {
    let bench = Bench::new();
    let builder = bench.builder();
    let bad = body("\n#ifdef BREAK\nnonsense here;\n#endif\nreturn 1;");
    let line = bad.lines().position(|l| l.contains("nonsense")).unwrap() + 1;
    let three = [kernel("sum", SUM), kernel("bad", &bad), kernel("more", SUM)];
    assert!(built(&builder, &three, &[]).is_ok());
    match built(&builder, &three, &["-DBREAK"]) {
        Err((1, BuildError::Rejected(why))) => {
            assert!(why.said().contains(&format!("bad.c:{line}")), "{why}")
        }
        other => panic!("{other:?}"),
    }
}

/// Static functions and variables of one name are each kernel's own.
#[test]
fn what_is_static_in_two_kernels_is_no_clash() {
    let bench = Bench::new();
    let mut two = [kernel("one", SUM), kernel("two", SUM)];
    for unit in two.iter_mut().map(|k| &mut k.units[0]) {
        unit.text = unit.text.replace(
            "static uint32_t *in;",
            "static uint32_t *in; static uint64_t mix(uint64_t h) { return h * 31; }",
        );
    }
    let answers = bench.run([&two, &two], &["-Os"], &[entry(0, 1), entry(1, 1)]).unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

/// A kernel may set itself up in another file than it runs in.
#[test]
fn the_functions_of_a_kernel_may_lie_in_several_units() {
    let bench = Bench::new();
    let mut parts =
        kernel("run", "#include \"probe.h\"\nextern uint64_t n;\nuint64_t probe_run(void) { return ++n; }\n");
    parts.units.push(unit(
        "set.c",
        "#include \"probe.h\"\nuint64_t n;\nvoid probe_setup(uint64_t seed) { n = seed; }\n",
    ));
    parts.setup.push(unit(
        "data.c",
        "#include \"probe.h\"\nint probe_dataset(unsigned i) { return i < 2 ? 0 : 1; }\n",
    ));
    let both = [parts, kernel("sum", SUM)];
    let second = Entry { dataset: 1, ..entry(0, 1) };
    let answers = bench.run([&both, &both], &[], &[entry(0, 1), second, entry(1, 1)]).unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

/// Every shipped package's stand-ins, as `tune` builds them.
#[test]
fn shipped_kernels_of_a_package_share_an_object_and_answer_on_every_data_set() {
    let bench = Bench::new();
    for package in ["zlib", "glibc"] {
        let of = bench.catalogue.kernels.iter().filter(|k| k.package.as_deref() == Some(package));
        let all: Vec<Kernel> = of.cloned().collect();
        let builder = bench.builder();
        // Two builders in one workspace would give their files the same names.
        let [a, b] = [&["-O2"], &["-O1"]].map(|further| linked(&builder, &all, further));
        let entries: Vec<Entry> = numbered(&all)
            .iter()
            .enumerate()
            .flat_map(|(n, k)| {
                (0..=k.datasets.len() as u32).map(move |d| Entry { dataset: d, ..entry(n as u32, 0) })
            })
            .collect();
        let answers = bench.sampler(&builder).run(&job([a, b], &entries)).unwrap();
        for (asked, answer) in entries.iter().zip(answers) {
            let one = &all[asked.kernel as usize];
            // The data set behind the last is refused, not silently another one's.
            let there = (asked.dataset as usize) < one.datasets.len();
            assert_eq!(answer.is_ok(), there, "{} on {}: {answer:?}", one.name, asked.dataset);
        }
    }
    assert!(flags(&["-O2"]).link.is_empty());
}

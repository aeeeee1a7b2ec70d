//! The short way to a kernel's code, `cc1` and `as` without their driver, against the driver's: equal answers.

use hwtune::build::{BuildError, Builder, CodeCache, Flags};
use hwtune::catalogue::{Catalogue, Kernel};
use hwtune::files::Workspace;
use hwtune::toolchain::{self, Acceptance, Candidate, Compiler, MarchChoice, Status};
use rayon::prelude::*;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn full() -> bool {
    std::env::var("HWTUNE_FULL").is_ok_and(|v| v == "yes")
}

/// Every flag of the catalogue that a compiler takes beside a package's base, with what it needs.
fn candidates(catalogue: &Catalogue, compiler: &Compiler, base: &[String]) -> Vec<Flags> {
    let choice = MarchChoice { march: "x86-64-v3".into(), mtune: "haswell".into(), ..MarchChoice::default() };
    let rows: Vec<Candidate> = catalogue
        .flags
        .iter()
        .filter(|row| row.compilers.iter().any(|c| c == compiler.family.name()))
        .map(|row| Candidate::of(row, Some(&choice)))
        .filter(|c| c.refused.is_none() && c.kind != hwtune::catalogue::FlagKind::Link)
        .collect();
    let taken = |a: &Acceptance| matches!(a.status, Status::Accepted | Status::Warned);
    let answers = toolchain::accept(compiler, base, &rows).unwrap();
    let rows = rows.into_iter().zip(answers).filter(|(_, answer)| taken(answer)).map(|(row, _)| row);
    rows.map(|c| Flags { compile: [c.words, c.needs].concat(), link: Vec::new() }).collect()
}

/// Compares over one package's kernels, every so many flags on all cores.
fn compare(compiler: &Compiler, package: &str, kernels: impl Fn(&Kernel) -> bool, step: usize) {
    let catalogue = Catalogue::load(None).unwrap();
    let row = &catalogue.packages[package];
    let base = Flags { compile: row.base.clone(), link: row.link.clone() };
    let mut flags = candidates(&catalogue, compiler, &base.compile);
    assert!(flags.len() > 100, "{}", flags.len());
    flags = flags.into_iter().step_by(step).collect();
    // What the short way must leave to the driver, or read again.
    for words in
        ["-g -O3", "-DX=1", "-flto", "-fno-builtin", "-Os -ffast-math", "-pipe", "-m32", "-fbogus", "-g3"]
    {
        let compile = words.split(' ').map(String::from).collect();
        flags.push(Flags { compile, link: Vec::new() });
    }
    let workspace = Workspace::new().unwrap();
    let (by_parts, by_driver) = (CodeCache::default(), CodeCache::default());
    let builder = |cache| {
        let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
        Builder::new(compiler, &workspace, cache, base.clone(), support, probe_h)
    };
    // Two workspaces would be two sets of file names: the driver gets one of its own.
    let other = Workspace::new().unwrap();
    let driver = {
        let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
        Builder::new(compiler, &other, &by_driver, base.clone(), support, probe_h).by_driver()
    };
    let parts = builder(&by_parts);
    let of_package = |k: &&Kernel| k.package.as_deref() == Some(package) && kernels(k);
    let kernels: Vec<Kernel> = catalogue.kernels.iter().filter(of_package).cloned().collect();
    // Before anything else is known, as tuning does it.
    let pairs: Vec<(Flags, Flags)> = flags.iter().map(|f| (Flags::default(), f.clone())).collect();
    let found = parts.differing(&kernels, &pairs, &AtomicBool::new(false));
    let mut changes = vec![false; flags.len()];
    for kernel in &kernels {
        let plain = driver.code(kernel, &Flags::default(), false).unwrap();
        let differing: usize = flags
            .par_iter()
            .zip(&mut changes)
            .map(|(further, changes)| {
                let slow = driver.code(kernel, further, false);
                let same = parts.same(kernel, &Flags::default(), further);
                let fast = parts.code(kernel, further, false);
                match (slow, fast, same) {
                    (Ok(slow), Ok(fast), Ok(same)) => {
                        // An object of link-time optimisation has a random number in it.
                        if !further.compile.contains(&"-flto".to_string()) {
                            assert_eq!(slow, fast, "{}: {:?}", kernel.name, further.compile);
                            assert_eq!(
                                slow.code == plain.code,
                                same,
                                "{}: {:?}",
                                kernel.name,
                                further.compile
                            );
                        }
                        *changes |= slow.code != plain.code;
                        usize::from(slow.code != plain.code)
                    }
                    (Err(slow), Err(fast), Err(_)) => {
                        assert_eq!(slow.to_string(), fast.to_string());
                        0
                    }
                    (slow, fast, same) => panic!("{:?}: {slow:?} {fast:?} {same:?}", further.compile),
                }
            })
            .sum();
        assert!(differing > 3 && differing < flags.len(), "{}: {differing}", kernel.name);
    }
    for ((found, changes), further) in found.into_iter().zip(changes).zip(&flags) {
        match found.unwrap() {
            Ok(kernel) => assert_eq!(kernel.is_some(), changes, "{:?}", further.compile),
            Err((_, error)) => assert!(!changes && matches!(error, BuildError::Rejected(_)), "{error}"),
        }
    }
    assert!(parts.spared() > flags.len() / 2, "the short way was not taken: {}", parts.spared());
    assert_eq!(driver.spared(), 0);
}

#[test]
fn both_ways_agree_on_every_flag_of_the_catalogue() {
    toolchain::use_cache(false);
    let gcc = Compiler::ask(Path::new("gcc")).unwrap();
    // The whole package takes many minutes of CPU time: its smallest kernel stands for it.
    compare(&gcc, "zlib", |k| k.name == "zlib/adler32", 1);
}

#[test]
fn both_ways_agree_on_the_other_package() {
    if full() {
        toolchain::use_cache(false);
        compare(&Compiler::ask(Path::new("gcc")).unwrap(), "glibc", |k| k.name == "glibc/libm", 4);
    }
}

#[test]
fn both_ways_agree_with_an_older_compiler() {
    if let (true, Ok(older)) = (full(), Compiler::ask(Path::new("gcc-11"))) {
        toolchain::use_cache(false);
        compare(&older, "zlib", |k| k.name == "zlib/inflate_fast", 4);
    }
}

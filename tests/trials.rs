//! Real packages built from their own sources, as their trials say, and run. Nothing here looks at a clock.

use crate::support::crates;
use crate::support::trial::Place;
use hwtune::catalogue::Catalogue;
use hwtune::experiment::Fault;

/// Builds a package from a crate's sources with its own flags and others, and compares every operation's checksums on
/// every data set.
fn same_answers(package: &str, place: &std::path::Path, version: &str, further: &[&str]) {
    let catalogue = Catalogue::load(None).unwrap();
    let place = Place::new(&catalogue, package, place);
    let Place { subject, .. } = &place;
    assert!(subject.sources.starts_with(&format!("{package} {version}")), "{}", subject.sources);
    assert!(!subject.kernels.is_empty());
    // One data set more than there are: it is refused, not silently another one's.
    let asked: Vec<(usize, u32)> = subject
        .kernels
        .iter()
        .enumerate()
        .flat_map(|(at, kernel)| (0..=kernel.datasets.len() as u32).map(move |dataset| (at, dataset)))
        .collect();
    let bench = place.bench();
    let answers = bench.run(bench.linked(further), &asked);
    assert_eq!(answers.len(), asked.len());
    for ((at, dataset), answer) in asked.into_iter().zip(answers) {
        let kernel = &subject.kernels[at];
        if dataset as usize == kernel.datasets.len() {
            assert!(matches!(answer, Err(Fault::NotAKernel { .. })), "{}: {answer:?}", kernel.name);
            continue;
        }
        let samples = answer.unwrap_or_else(|e| panic!("{} on {dataset}: {e}", kernel.name));
        assert!(samples.calls >= 1 && samples.pairs.len() == 1);
    }
}

#[test]
fn zlib_is_built_from_its_sources() {
    same_answers("zlib", &crates::sources("libz-sys", "src/zlib"), "1.", &["-O2"]);
}

#[test]
fn bzip2_is_built_from_its_sources() {
    // The folder that holds the tree serves as well as the tree.
    same_answers("bzip2", &crates::sources("bzip2-sys", ""), "1.0", &["-O2"]);
}

#[test]
fn lz4_is_built_from_its_sources() {
    same_answers("lz4", &crates::sources("lz4-sys", "liblz4"), "1.", &[]);
}

#[test]
fn libdeflate_is_built_from_its_sources() {
    same_answers("libdeflate", &crates::sources("libdeflate-sys", "libdeflate"), "1.", &[]);
}

#[test]
fn liblzma_is_built_from_its_sources() {
    same_answers("xz", &crates::sources("lzma-sys", "xz-5.2"), "5.2", &[]);
}

#[test]
fn pcre2_is_built_from_its_sources() {
    // The crate has two files of a release under the names that they are built with.
    let crate_folder = crates::sources("pcre2-sys", "upstream");
    let tree = tempfile::tempdir().unwrap();
    let src = tree.path().join("src");
    std::fs::create_dir(&src).unwrap();
    crates::copy(&crate_folder.join("src"), &src);
    std::fs::copy(crate_folder.join("include/pcre2.h"), src.join("pcre2.h.generic")).unwrap();
    std::fs::rename(src.join("pcre2_chartables.c"), src.join("pcre2_chartables.c.dist")).unwrap();
    same_answers("pcre2", tree.path(), "10.", &["-O2"]);
}

#[test]
fn sqlite_is_built_from_its_amalgamation() {
    // One file of nine megabytes.
    if !std::env::var("HWTUNE_FULL").is_ok_and(|v| v == "yes") {
        return;
    }
    same_answers("sqlite", &crates::sources("libsqlite3-sys", "sqlite3"), "3.", &[]);
}

#[test]
fn zstd_is_built_from_its_sources() {
    same_answers("zstd", &crates::sources("zstd-sys", "zstd"), "1.5", &[]);
}

#[test]
fn a_library_that_computes_something_else_is_told() {
    let catalogue = Catalogue::load(None).unwrap();
    let copy = tempfile::tempdir().unwrap();
    crates::copy(&crates::sources("libz-sys", "src/zlib"), copy.path());
    let file = copy.path().join("adler32.c");
    let text = std::fs::read_to_string(&file).unwrap();
    // A miscompilation, as it were: only under a macro that the variant sets.
    let broken = text.replacen(
        "#define BASE 65521U",
        "#ifdef MISCOMPILED\n#define BASE 65519U\n#else\n#define BASE 65521U\n#endif",
        1,
    );
    assert_ne!(text, broken);
    std::fs::write(&file, broken).unwrap();
    let place = Place::new(&catalogue, "zlib", copy.path());
    let bench = place.bench();
    let at = |name: &str| place.subject.kernels.iter().position(|k| k.name == name).unwrap();
    let asked = [(at("zlib/adler32"), 0), (at("zlib/crc32"), 0)];
    // The operations share their library and one file, and the wrong one is told all the same.
    let answers = bench.run(bench.linked(&["-DMISCOMPILED"]), &asked);
    assert!(matches!(answers[0], Err(Fault::WrongResult { .. })), "{answers:?}");
    assert!(answers[1].is_ok(), "{answers:?}");
}

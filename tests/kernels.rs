//! Every shipped kernel: builds without a warning as its package does, gives the same checksums under any correct flags,
//! exports no name of libc or libz, and survives the sanitizers.
use hwtune::catalogue::{Catalogue, Kernel, Linkage, Role};
use object::{Object, ObjectSymbol};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kernels/driver.c");
const SANITIZERS: [&str; 3] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"];

fn have(compiler: &str) -> bool {
    Command::new(compiler).arg("--version").output().is_ok_and(|o| o.status.success())
}

fn compile(compiler: &str, arguments: &[&str], to: &Path) {
    let output =
        Command::new(compiler).args(arguments).arg("-o").arg(to).env("LC_ALL", "C").output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.is_empty(), "{compiler} {}\n{words}", arguments.join(" "));
}

/// Puts the sources of a kernel into a folder and returns their paths.
fn unpack(catalogue: &Catalogue, kernel: &Kernel, folder: &Path) -> Vec<PathBuf> {
    let shared = [&catalogue.support, &catalogue.probe_h];
    let files = kernel.units.iter().chain(&kernel.setup).chain(&kernel.headers).chain(shared);
    let write = |unit: &hwtune::catalogue::Unit| {
        let path = folder.join(&unit.file);
        std::fs::write(&path, &unit.text).unwrap();
        path
    };
    files.map(write).filter(|path| path.extension().is_some_and(|e| e == "c")).collect()
}

fn checksums(driver: &Path, library: &Path) -> String {
    let output = Command::new(driver).arg(library).env("ASAN_OPTIONS", "detect_leaks=0").output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {} {words}", library.display(), output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn check(package: &str, domains: &[&str]) {
    let catalogue = Catalogue::load(None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let driver = folder.path().join("driver");
    let checked = folder.path().join("driver-checked");
    compile("gcc", &["-O1", DRIVER, "-ldl"], &driver);
    compile("gcc", &[&["-O1", DRIVER, "-ldl"], &SANITIZERS[..]].concat(), &checked);
    let base: Vec<&str> = catalogue.packages[package].base.iter().map(String::as_str).collect();
    let strict = ["-Wall", "-Wextra", "-Werror"];
    let kernels = catalogue.kernels.iter().filter(|k| k.package.as_deref() == Some(package));
    for kernel in kernels.filter(|k| domains.is_empty() || domains.contains(&k.domain.as_str())) {
        let place = folder.path().join(kernel.name.replace('/', "-"));
        std::fs::create_dir(&place).unwrap();
        let sources = unpack(&catalogue, kernel, &place);
        let build = |compiler: &str, flags: &[&str], name: &str| {
            let library = place.join(name);
            let sources: Vec<&str> = sources.iter().map(|p| p.to_str().unwrap()).collect();
            compile(compiler, &[&["-fPIC", "-shared"], flags, &sources].concat(), &library);
            library
        };
        let first = build("gcc", &[&base[..], &strict].concat(), "base.so");
        let expected = checksums(&driver, &first);
        let name = &kernel.name;
        assert_eq!(expected.lines().count(), 2 * kernel.datasets.len(), "{name}: data sets as named");
        assert_ne!(expected.lines().next(), expected.lines().nth(1), "{name}: the seed matters");
        exports_are_its_own(name, &first);
        assert_eq!(checksums(&driver, &build("gcc", &["-O3"], "o3.so")), expected, "{name} at -O3");
        let native = checksums(&driver, &build("gcc", &["-O3", "-march=native"], "native.so"));
        if native != expected {
            // Contracted multiply-adds, and nothing else, may change the last digits.
            assert_eq!(name, "glibc/libm", "{name} at -march=native");
            let flags = ["-O3", "-march=native", "-ffp-contract=off"];
            assert_eq!(
                checksums(&driver, &build("gcc", &flags, "exact.so")),
                expected,
                "{name} uncontracted"
            );
        }
        if have("clang-16") {
            let clang = build("clang-16", &[&["-O2", "-std=gnu11"], &strict[..]].concat(), "clang.so");
            assert_eq!(checksums(&driver, &clang), expected, "{name} by clang");
        }
        let library = build("gcc", &[&["-O1"], &SANITIZERS[..]].concat(), "checked.so");
        assert_eq!(checksums(&checked, &library), expected, "{name} under the sanitizers");
    }
}

/// Names that another library of the process could be given, or give, belong to nobody else.
fn exports_are_its_own(kernel: &str, library: &Path) {
    let bytes = std::fs::read(library).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let exported = file.dynamic_symbols().filter(|s| s.is_definition() && s.is_global());
    for name in exported.map(|s| s.name().unwrap().to_string()) {
        let own = ["probe_", "support_", "hwk_", "__bss_start", "_edata", "_end", "_init", "_fini"];
        assert!(own.iter().any(|prefix| name.starts_with(prefix)), "{kernel} exports {name}");
    }
}

#[test]
fn kernels_of_zlib() {
    check("zlib", &[]);
}

#[test]
fn kernels_of_glibc() {
    check("glibc", &[]);
}

#[test]
fn kernels_of_text_on_the_host() {
    check("host", &["strings", "parsing"]);
}

#[test]
fn kernels_of_data_on_the_host() {
    check("host", &["containers", "compression"]);
}

#[test]
fn kernels_of_arithmetic_on_the_host() {
    check("host", &["cryptography", "numeric", "interpreters"]);
}

/// The portfolio's weights say nothing that nobody knows: each domain weighs the same, and so does each kernel of it.
#[test]
fn domains_of_the_host_weigh_the_same_and_their_kernels_say_what_they_stand_for() {
    let catalogue = Catalogue::load(None).unwrap();
    let package = &catalogue.packages["host"];
    let kernels: Vec<&Kernel> =
        catalogue.kernels.iter().filter(|k| k.package.as_deref() == Some("host")).collect();
    let mut domains: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for kernel in &kernels {
        let short = kernel.name.trim_start_matches("host/");
        domains.entry(&kernel.domain).or_default().push(package.kernels[short].weight);
        let hidden = kernel.headers.iter().any(|h| h.file == "program.h");
        assert_eq!(hidden, kernel.linkage == Linkage::Program, "{}: program.h", kernel.name);
        let floats = kernel.units.iter().any(|u| u.text.contains("float ") || u.text.contains("double "));
        assert_eq!(floats, !kernel.contraction.is_empty(), "{}: a note on contraction", kernel.name);
    }
    assert!(domains.len() >= 6 && !domains.contains_key(""), "{:?}", domains.keys());
    for (domain, weights) in &domains {
        let sum: f64 = weights.iter().sum();
        assert!((sum - 1.0 / domains.len() as f64).abs() < 1e-6, "{domain} weighs {sum}");
        assert!(weights.len() >= 2 && weights.iter().all(|w| (w - weights[0]).abs() < 1e-9), "{domain}");
    }
    // Both shapes of code are there.
    for linkage in [Linkage::Library, Linkage::Program] {
        assert!(kernels.iter().filter(|k| k.linkage == linkage).count() >= 5, "{linkage:?}");
    }
}

#[test]
fn each_package_with_kernels_has_what_a_tune_needs() {
    let catalogue = Catalogue::load(None).unwrap();
    for (package, minimum) in [("host", 16), ("zlib", 6), ("glibc", 6)] {
        let of = |role| {
            let kernels = catalogue.kernels.iter();
            kernels.filter(|k| k.package.as_deref() == Some(package) && k.role == role).count()
        };
        assert!(of(Role::Kernel) >= minimum, "{package}");
    }
    let controls = catalogue.kernels.iter().filter(|k| k.role == Role::NegativeControl);
    assert_eq!(controls.map(|k| k.name.as_str()).collect::<Vec<_>>(), ["glibc/libc_calls"]);
}

/// `transfer --by host` builds everyday code with a package's own flags, which may ask for C99: what is not declared there returns an
/// `int`, and half of a pointer is lost.
#[test]
fn everyday_code_declares_what_it_calls_in_c99() {
    let probes = Path::new(env!("CARGO_MANIFEST_DIR")).join("probes");
    let files = std::fs::read_dir(probes.join("host")).unwrap().flatten().map(|entry| entry.path());
    let sources: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "c")).collect();
    assert!(sources.len() > 20, "{}", sources.len());
    let output = std::process::Command::new("gcc")
        .args(["-std=c99", "-Werror=implicit-function-declaration", "-fsyntax-only", "-I"])
        .arg(&probes)
        .args(&sources)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

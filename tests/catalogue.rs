//! The catalogue as a whole: what is shipped, what a user's folder adds, and what is said when it is wrong.
use hwtune::catalogue::{Catalogue, Layer, Policy, Role, user_kernel};
use std::path::Path;

fn shipped() -> Catalogue {
    Catalogue::load(None).unwrap()
}

/// A user's folder with one package, one kernel and one flag, and `change` made to it.
fn load(change: impl Fn(&Path)) -> Result<Catalogue, String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |file: &str, text: &str| std::fs::write(root.join(file), text).unwrap();
    std::fs::create_dir(root.join("mine")).unwrap();
    write("flags.toml", FLAGS);
    write("packages.toml", PACKAGES);
    write("mine/scan.c", KERNEL);
    write("mine/helper.c", "int helper(void) { return 1; }\n");
    change(root);
    Catalogue::load(Some(root)).map_err(|e| e.to_string().replace(root.to_str().unwrap(), "ROOT"))
}

const FLAGS: &str = "[[flag]]\nname = \"--param=max-tail-merge-iterations=3\"\nkind = \"codegen\"\nrisk = \"none\"\n\
    compilers = [\"gcc\"]\nwhy = \"One more round.\"\nsource = \"GCC manual\"\n";
const PACKAGES: &str = "[package.mine]\ntitle = \"Mine\"\nbase = [\"-O2\"]\nlayer = \"user\"\nwhy = \"w\"\nsource = \"s\"\n\
    [package.mine.kernels]\nscan = { weight = 1.0, source = \"estimated\" }\n";
const KERNEL: &str = "/* hwtune:\ntitle = \"Scan\"\nstands_for = \"a scan\"\nsource = \"mine\"\n\
    datasets = [\"a\", \"b\", \"c\"]\nunits = [\"helper.c\"]\n*/\n";

fn message(change: impl Fn(&Path)) -> String {
    let message = load(change).unwrap_err();
    assert!(!message.contains('\n'), "one line: {message}");
    message
}

fn replace(root: &Path, file: &str, from: &str, to: &str) {
    let path = root.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn a_folder_of_ones_own_extends_the_catalogue() {
    let catalogue = load(|_| {}).unwrap();
    assert!(catalogue.flags.iter().any(|f| f.name == "--param=max-tail-merge-iterations=3"));
    assert_eq!(catalogue.packages["mine"].kernels.len(), 1);
    let kernel = catalogue.kernels.iter().find(|k| k.name == "mine/scan").unwrap();
    assert_eq!(kernel.units.iter().map(|u| u.file.as_str()).collect::<Vec<_>>(), ["scan.c", "helper.c"]);
    assert!(catalogue.flags.is_sorted_by(|a, b| a.name < b.name));
    assert!(catalogue.packages.contains_key("zlib"));
}

#[test]
fn every_mistake_names_file_line_key_and_remedy() {
    let cases: [(&str, &str, &str, &str); 14] = [
        (
            "flags.toml",
            "why",
            "wy",
            "ROOT/flags.toml, line 6: at `wy = \"One more round.\"`: unknown field `wy`",
        ),
        (
            "flags.toml",
            "One more round.",
            " ",
            "ROOT/flags.toml, line 1: --param=max-tail-merge-iterations=3, why: empty",
        ),
        ("flags.toml", "\"none\"", "\"low\"", "ROOT/flags.toml, line 4: at `\"low\"`: unknown variant `low`"),
        ("flags.toml", "[\"gcc\"]", "[\"icc\"]", "neither gcc nor clang; name gcc, clang or both"),
        (
            "flags.toml",
            "--param=max-tail-merge-iterations=3",
            "-O3",
            "-O3: is in the catalogue already; remove this row",
        ),
        (
            "flags.toml",
            "--param=max-tail-merge-iterations=3",
            "-mrtd -O2",
            "risk `none` where the rules say `abi`",
        ),
        (
            "flags.toml",
            "--param=max-tail-merge-iterations=3",
            "-fplugin=x",
            "it loads code into the compiler",
        ),
        (
            "flags.toml",
            "why =",
            "needs = [\"-fnothing-known\"]\nwhy =",
            "needs names `-fnothing-known`, which no row or rule knows",
        ),
        (
            "packages.toml",
            "1.0",
            "0.5",
            "ROOT/packages.toml, line 1: mine, kernels: the weights sum to 0.5; make them sum to 1",
        ),
        ("packages.toml", "scan =", "scam =", "mine, kernels.scan: no weight; give the kernel its share"),
        ("packages.toml", "package.mine", "package.zlib", "no package has this name"),
        ("packages.toml", "\"estimated\"", "\"\"", "no honest weight"),
        (
            "mine/scan.c",
            "[\"helper.c\"]",
            "[\"../flags.toml\"]",
            "ROOT/mine/scan.c, line 6: units: `../flags.toml`",
        ),
        (
            "mine/scan.c",
            "units = [\"helper.c\"]\n",
            "",
            "ROOT/mine/helper.c: neither a kernel nor a unit of one",
        ),
    ];
    for (file, from, to, expected) in cases {
        let message = message(|root| replace(root, file, from, to));
        assert!(message.contains(expected), "{file}: {from} -> {to}:\n{message}\nnot\n{expected}");
    }
    let missing = Catalogue::load(Some(Path::new("/nowhere"))).unwrap_err().to_string();
    assert_eq!(missing, "/nowhere: not a folder; name the folder that holds flags.toml");
}

#[test]
fn rows_are_sorted_and_unique() {
    let two = |first: &str, second: &str| {
        let row = |name: &str| FLAGS.replace("--param=max-tail-merge-iterations=3", name);
        let text = row(first) + &row(second);
        message(|root| std::fs::write(root.join("flags.toml"), &text).unwrap())
    };
    let (a, b) = ("--param=max-tail-merge-iterations=3", "--param=max-tail-merge-iterations=4");
    assert!(two(b, a).contains(&format!("flags.toml, line 8: {a}: stands after `{b}`; sort the rows")));
    assert!(two(a, a).contains(&format!("{a}: twice; keep one")));
}

#[test]
fn a_kernel_of_ones_own_needs_no_front_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.c");
    std::fs::write(&path, "#include \"probe.h\"\n").unwrap();
    let kernel = user_kernel(&path).unwrap();
    assert_eq!((kernel.name.as_str(), kernel.package, kernel.role), ("mine", None, Role::Kernel));
    assert_eq!(kernel.datasets, ["default"]);
    assert_eq!(kernel.units.len(), 1);
}

#[test]
fn a_kernel_of_ones_own_cannot_reach_out_of_its_folder_or_hang() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("kernels");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(folder.path().join("secret.c"), "").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.c"), inner.join("link.c")).unwrap();
    let path = inner.join("mine.c");
    let fails = |units: &str, expected: &str| {
        std::fs::write(&path, format!("/* hwtune:\nunits = [\"{units}\"]\n*/\n")).unwrap();
        let message = user_kernel(&path).unwrap_err().to_string();
        assert!(message.contains("mine.c, line 2: units: ") && message.contains(expected), "{message}");
    };
    fails("../secret.c", "is not a plain path below the kernel's folder");
    fails("/etc/x.c", "is not a plain path below the kernel's folder");
    fails("link.c", "leads out of its folder");
    fails("absent.c", "is not there");
    let fails = |path: &Path, expected: &str| {
        let message = user_kernel(path).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    fails(&inner, "not a regular file");
    fails(&inner.join("none.c"), "No such file");
    let odd = inner.join("odd.c");
    std::fs::write(&odd, b"int x; \xff\n").unwrap();
    fails(&odd, "not UTF-8 at byte 7");
    std::fs::write(&odd, vec![b' '; (1 << 20) + 1]).unwrap();
    fails(&odd, "larger than 1 MiB");
    let fifo = inner.join("fifo.c");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    fails(&fifo, "not a regular file");
}

#[test]
fn policies_of_the_shipped_packages() {
    let catalogue = shipped();
    let policy = |package: &str, flag: &str| match catalogue.policy(&catalogue.packages[package], flag) {
        Policy::Allowed(_) => "allowed",
        Policy::OptIn(_) => "opt-in",
        Policy::Refused(_) => "refused",
    };
    for package in catalogue.packages.keys() {
        for flag in [
            "-pipe",
            "-march=native",
            "-ffast-math",
            "-fno-stack-protector",
            "-m32",
            "-fuse-ld=mold",
            "-fnew",
        ] {
            assert_eq!(policy(package, flag), "refused", "{package} {flag}");
        }
    }
    for (package, flag, expected) in [
        ("glibc", "-march=skylake", "allowed"),
        ("glibc", "-march=znver3 -mavx512f -mno-sgx", "allowed"),
        ("glibc", "-mtune=znver3", "allowed"),
        ("glibc", "-O3", "opt-in"),
        ("glibc", "-march=skylake -O3", "opt-in"),
        ("glibc", "-fno-plt", "opt-in"),
        ("glibc", "-fno-gcse", "opt-in"),
        ("glibc", "-mprefer-vector-width=256", "opt-in"),
        ("glibc", "-flto", "refused"),
        ("glibc", "-flto=auto", "refused"),
        ("zlib", "-march=skylake", "allowed"),
        ("zlib", "-fno-if-conversion", "allowed"),
        ("zlib", "--param max-unroll-times=4", "allowed"),
        ("zlib", "-flto", "opt-in"),
        ("zlib", "-O1", "refused"),
        ("zlib", "-Wl,-Bsymbolic", "refused"),
        ("gcc", "-O3", "refused"),
        ("openssl", "-O3", "opt-in"),
        ("zstd", "-O3", "allowed"),
    ] {
        assert_eq!(policy(package, flag), expected, "{package} {flag}");
    }
}

#[test]
fn the_lists_that_nixos_needs_are_there() {
    let catalogue = shipped();
    for name in ["glibc", "zlib", "gcc", "binutils", "bash", "coreutils", "fetchurl"] {
        assert_eq!(catalogue.packages[name].layer, Layer::Bootstrap, "{name}");
    }
    let safe = [
        "zstd",
        "bzip2",
        "xz",
        "openssl",
        "libgcrypt",
        "libsodium",
        "sqlite",
        "curl",
        "pcre2",
        "lz4",
        "snappy",
    ];
    for name in safe.iter().chain(&["libevent"]) {
        assert_eq!(catalogue.packages[*name].layer, Layer::User, "{name}");
    }
    for release in ["24.05", "24.11", "25.05", "25.11", "26.05"] {
        assert!(catalogue.packages["zlib"].compiler_floor[release] >= 13);
        assert!(catalogue.packages["glibc"].compiler_floor[release] >= 13);
    }
}

#[test]
fn a_row_of_ones_own_may_be_stricter_than_the_rules() {
    let strict = |root: &Path| {
        replace(root, "flags.toml", "--param=max-tail-merge-iterations=3", "-fno-tree-vrp -fweb");
        replace(root, "flags.toml", "\"none\"", "\"semantics\"");
    };
    let catalogue = load(strict).unwrap();
    assert_eq!(
        catalogue.risk("-fno-tree-vrp -fweb").map(|(r, _)| r),
        Some(hwtune::catalogue::Risk::Semantics)
    );
    assert_eq!(catalogue.risk("-fno-tree-vrp").map(|(r, _)| r), Some(hwtune::catalogue::Risk::None));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_judgement_panic(flag in "\\PC{0,40}", odd in "[-*=,. a-z\u{e9}]{0,30}") {
        for text in [&flag, &odd, &format!("-{odd}"), &format!("--param {odd}")] {
            let formed = Catalogue::grammar(text);
            let row = hwtune::catalogue::Package {
                title: String::new(),
                base: vec![],
                link: vec![],
                kernels: Default::default(),
                allowed: vec![hwtune::catalogue::FlagRule { flag: "*".into(), why: "any".into() }],
                opt_in: vec![],
                refused: vec![],
                compiler_floor: Default::default(),
                environment: String::new(),
                names: Default::default(),
                layer: Layer::User,
                why: String::new(),
                source: String::new(),
            };
            let answer = row.policy(text, Some((hwtune::catalogue::Risk::None, String::new())), &[]);
            proptest::prop_assert_eq!(formed.is_err(), matches!(answer, Policy::Refused(_)));
        }
    }
}

//! The tables of flags against the compilers that are installed.
use hwtune::catalogue::{Catalogue, FlagKind, Risk};
use std::process::Command;

fn run(compiler: &str, arguments: &[&str]) -> Option<(bool, String, String)> {
    let output = Command::new(compiler).args(arguments).env("LC_ALL", "C").output().ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((output.status.success(), text(&output.stdout), text(&output.stderr)))
}

/// Options as `gcc -Q --help=…` lists them; those with a value end in `=`.
fn listed(compiler: &str) -> Vec<String> {
    let mut options = Vec::new();
    for class in ["optimizers", "target", "params"] {
        let Some((_, text, _)) = run(compiler, &["-Q", &format!("--help={class}")]) else { continue };
        for line in text.lines().filter(|line| line.starts_with("  -")) {
            let word = line.split_whitespace().next().unwrap_or_default();
            let option = word.split_once('=').map_or(word.to_string(), |(name, _)| format!("{name}="));
            if option != "-O" && !option.ends_with("<number>") {
                options.push(option);
            }
        }
    }
    options
}

#[test]
fn every_option_that_gcc_lists_has_a_risk_or_is_refused_by_form() {
    let catalogue = Catalogue::load(None).unwrap();
    for compiler in ["gcc", "gcc-11"] {
        let options = listed(compiler);
        assert!(compiler != "gcc" || options.len() > 400, "gcc lists only {} options", options.len());
        let known = |option: &str| catalogue.risk(option).is_some() || Catalogue::grammar(option).is_err();
        let unknown: Vec<_> = options.iter().filter(|option| !known(option)).collect();
        assert_eq!(unknown, Vec::<&String>::new(), "{compiler} lists options that no rule knows");
        let negated = options.iter().filter_map(|o| o.strip_prefix("-f").filter(|n| !n.contains('=')));
        let unknown: Vec<_> = negated
            .map(|n| format!("-fno-{n}"))
            .filter(|o| !o.starts_with("-fno-no-") && !known(o))
            .collect();
        assert_eq!(unknown, Vec::<String>::new(), "{compiler}'s options that no rule knows when negated");
    }
}

#[test]
fn every_row_is_an_option_of_a_compiler_at_hand() {
    let catalogue = Catalogue::load(None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("unit.c");
    std::fs::write(&source, "int f(int *a, int n) { int s = 0; while (n-- > 0) s += a[n]; return s; }\n")
        .unwrap();
    let object = folder.path().join("unit.o");
    for (dialect, compiler) in [("gcc", "gcc"), ("clang", "clang-16")] {
        if run(compiler, &["--version"]).is_none() {
            assert_ne!(dialect, "gcc", "gcc is needed");
            continue;
        }
        for flag in catalogue.flags.iter().filter(|f| f.compilers.iter().any(|c| c == dialect)) {
            let words = flag.needs.iter().chain([&flag.name]).flat_map(|f| f.split_whitespace());
            let words: Vec<_> =
                words.map(|w| w.replace("{march}", "skylake").replace("{mtune}", "skylake")).collect();
            let stage = if flag.kind == FlagKind::Link { "-shared" } else { "-S" };
            let mut arguments =
                vec!["-O2", "-fPIC", stage, source.to_str().unwrap(), "-o", object.to_str().unwrap()];
            arguments.extend(words.iter().map(String::as_str));
            let (ok, _, words) = run(compiler, &arguments).unwrap();
            assert!(ok && words.trim().is_empty(), "{compiler} on {}: {words}", flag.name);
        }
    }
}

#[test]
fn the_catalogue_is_as_wide_as_promised() {
    let catalogue = Catalogue::load(None).unwrap();
    assert!(catalogue.flags.iter().filter(|f| f.risk.candidate()).count() >= 60);
    for seed in
        ["-march={march}", "-mtune={mtune}", "-O3", "-pipe", "-fno-semantic-interposition", "-fno-plt"]
    {
        assert!(catalogue.flags.iter().any(|f| f.name == seed), "{seed}");
    }
}

#[test]
fn dangerous_flags_are_refused_whoever_lists_them() {
    let catalogue = Catalogue::load(None).unwrap();
    let risk = |flag: &str| catalogue.risk(flag).map(|(risk, _)| risk);
    for flag in
        ["-m32", "-mabi=sysv", "-mregparm=2", "-mlong-double-128", "-mms-bitfields", "-fpack-struct=1"]
    {
        assert_eq!(risk(flag), Some(Risk::Abi), "{flag}");
    }
    for flag in ["-fshort-enums", "-fno-short-enums", "-freg-struct-return", "-mno-red-zone", "-mred-zone"] {
        assert_eq!(risk(flag), Some(Risk::Abi), "{flag}");
    }
    for flag in
        ["-fno-stack-clash-protection", "-mindirect-branch=thunk", "-fstack-protector", "-fstrict-overflow"]
    {
        assert_eq!(risk(flag), Some(Risk::Security), "{flag}");
    }
    for flag in
        ["-fno-signed-zeros", "-ffp-contract=on", "-fstrict-aliasing", "-fno-math-errno", "-mfpmath=both"]
    {
        assert_eq!(risk(flag), Some(Risk::Semantics), "{flag}");
    }
    for flag in ["-Ofast", "-ffast-math", "-funsafe-math-optimizations", "-mpc64"] {
        assert_eq!(risk(flag), Some(Risk::GlobalState), "{flag}");
    }
    assert_eq!(risk("-O3 -ffast-math"), Some(Risk::GlobalState), "the gravest of several words decides");
    assert_eq!(risk("-fno-such-option"), None);
    assert_eq!(risk("--param max-unroll-times=4"), Some(Risk::None));
    assert_eq!(risk("--param=ssp-buffer-size=64"), Some(Risk::Security));
    assert_eq!(risk("-march=znver3 -mavx512f"), Some(Risk::None));
}

#[test]
fn what_no_rule_knows_is_no_candidate_in_any_form() {
    let catalogue = Catalogue::load(None).unwrap();
    // Options of compilers to come: nobody has said what they break, so they are refused, alone and in company.
    for option in [
        "-fsome-new-pass",
        "-fno-some-new-pass",
        "-fsome-new-choice=fast",
        "-msome-new-mode",
        "-mno-some-new-mode",
        "-msome-new-mode=3",
        "-some-new-option",
        "--param=some-new-limit=3",
        "--param some-new-limit=3",
        "--some-new-option",
        "-O3 -fsome-new-pass",
        "-fsome-new-pass -O3",
        "-O7x",
        "-Osome",
        "-fexcess-precision",
        "-fhardened",
        "-fzero-init-padding-bits=all",
        "-ftrivial-auto-var-init=zero",
        "-fstrict-flex-arrays=3",
        "-fcf-protection=none",
        "-mshstk",
        "-mabi=ms",
        "-mno-red-zone",
        "-msoft-float",
        "-mgeneral-regs-only",
        "-mno-80387",
        "-mno-sse",
        "-mcmodel=large",
        "-mno-direct-extern-access",
        "-fno-stack-limit",
    ] {
        let risk = catalogue.risk(option);
        let tried = Catalogue::grammar(option).is_ok() && risk.is_some_and(|(risk, _)| risk.candidate());
        assert!(!tried, "{option}: {risk:?}");
    }
}

#[test]
fn what_is_no_flag_is_refused_by_its_form() {
    let refused = [
        "",
        "-",
        "--",
        "a.c",
        "@options",
        "-O2 extra.o",
        "-fplugin=x.so",
        "-specs=x",
        "--specs=x",
        "-B.",
        "-B x",
        "-wrapper gdb",
        "-o x",
        "-ox",
        "-x c++",
        "-include x.h",
        "-I.",
        "-isystem x",
        "-DNDEBUG",
        "-DX=1",
        "-UX",
        "-Wl,-rpath,x",
        "-Wl,--wrap=malloc",
        "-Wl,-T,x",
        "-Wa,-mbranches-within-32B-boundaries",
        "-Wp,-DX",
        "-Xlinker -E",
        "-z now",
        "-lm",
        "-L.",
        "-c",
        "-S",
        "-E",
        "-MD",
        "-save-temps",
        "-fdump-tree-all",
        "-fprofile-use=x",
        "-v",
        "-###",
        "-march=native",
        "-mtune=native",
        "-fuse-ld=mold",
        "--sysroot=x",
        "-nostdlib",
        "-static",
        "-shared",
        "-Wall",
        "-Werror",
        "--prefix=x",
        "--config=x",
        "-mllvm -x",
        "-O2;true",
        "-O2\n-O3",
        "$(true)",
        "-D\u{e9}",
        "-fopt-info-all=x",
        "-aux-info x",
        "-flto-incremental=x",
        "-gsplit-dwarf",
    ];
    for flag in refused {
        assert!(Catalogue::grammar(flag).is_err(), "{flag:?}");
    }
    assert!(Catalogue::grammar(&"-O".repeat(200)).is_err());
    for flag in [
        "-O3",
        "-march=x86-64-v3",
        "--param=max-unroll-times=4",
        "--param max-unroll-times=4",
        "-Wl,-O1",
        "-Wl,-z,now",
        "-mmemset-strategy=libcall:-1:noalign",
        "-msse4.1",
        "-march=znver3 -mavx512f -mno-sgx",
        "-static-libgcc",
    ] {
        assert_eq!(Catalogue::grammar(flag), Ok(()), "{flag}");
    }
}

#[test]
fn each_option_worth_trying_is_a_candidate_at_each_of_its_values() {
    let catalogue = Catalogue::load(None).unwrap();
    for row in &catalogue.values {
        for value in &row.values {
            let flag = format!("{}{value}", row.option);
            assert!(catalogue.risk(&flag).is_some_and(|(risk, _)| risk.candidate()), "{flag}");
        }
    }
}

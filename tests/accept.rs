//! Acceptance, by the compilers that are installed here.

use hwtune::toolchain::{self, Acceptance, Candidate, Compiler, Family, Status};

fn first(family: Family) -> Option<Compiler> {
    toolchain::use_cache(false);
    toolchain::installed(None).unwrap_or_default().into_iter().find(|c| c.family == family)
}

fn accept(compiler: &Compiler, flags: &[&str]) -> Vec<Acceptance> {
    let base = ["-O2".to_string(), "-fPIC".to_string()];
    let candidates: Vec<Candidate> = flags.iter().map(|f| Candidate::bare(f)).collect();
    toolchain::accept(compiler, &base, &candidates).unwrap()
}

fn assert_status(answers: &[Acceptance], expected: &[(&str, Status)]) {
    for ((flag, status), answer) in expected.iter().zip(answers) {
        assert_eq!(*flag, answer.flag);
        assert_eq!(*status, answer.status, "{answer:?}");
        assert_eq!(answer.message.is_empty(), *status == Status::Accepted, "{answer:?}");
        assert!(!answer.message.contains('\n'));
    }
}

#[test]
fn gcc_tells_silent_acceptance_from_acceptance() {
    let Some(gcc) = first(Family::Gcc) else { return };
    use Status::*;
    let expected = [
        ("-fgcse-sm", Accepted),
        ("-Wno-bogus", Ignored),
        ("-Wno-unused", Accepted),
        ("-Wno-cpp", Accepted),
        ("-Wbogus", Rejected),
        ("-fbogus", Rejected),
        ("-fno-bogus", Rejected),
        ("-mbogus", Rejected),
        ("-O3", Accepted),
        ("-O1", Accepted),
        ("--param=bogus=3", Refused),
        ("--param bogus=4", Rejected),
        ("--param max-unroll-times=4", Accepted),
        ("--param=max-unroll-times=8", Accepted),
        ("-march=bogus", Rejected),
        ("-mtune=generic", Accepted),
        ("-mtune=bogus", Rejected),
        ("-mbranch-cost=9", Rejected),
        ("-mbranch-cost=3", Accepted),
        ("-fvect-cost-model=bogus", Rejected),
        ("-fvect-cost-model=cheap", Accepted),
        ("-fdelayed-branch", Ignored),
        ("-fsection-anchors", Ignored),
        ("-fcse-skip-blocks", Ignored),
        ("-pipe", Accepted),
        ("-Wl,-z,now", Accepted),
        ("-Wl,-z,bogus", Ignored),
        ("-Wl,--bogus", Rejected),
        ("-Wl,-O1", Accepted),
        ("-fuse-ld=bogus", Rejected),
        ("-fplugin=x.so", Refused),
        ("-o", Refused),
    ];
    let flags: Vec<&str> = expected.iter().map(|(f, _)| *f).collect();
    assert_status(&accept(&gcc, &flags), &expected);
}

/// A compiler that corrects one option names another, which it takes.
#[test]
fn a_suggestion_does_not_reject_the_option_suggested() {
    for family in [Family::Gcc, Family::Clang] {
        let Some(compiler) = first(family) else { continue };
        use Status::*;
        let expected =
            [("-funroll-loop", Rejected), ("-funroll-loops", Accepted), ("-fomit-frame-pointe", Rejected)];
        let flags: Vec<&str> = expected.iter().map(|(f, _)| *f).collect();
        let answers = accept(&compiler, &flags);
        assert_status(&answers, &expected);
        for answer in answers.iter().filter(|a| a.status == Rejected) {
            assert!(answer.message.contains(&format!("'{}'", answer.flag)), "{answer:?}");
        }
    }
}

#[test]
fn clang_tells_options_without_effect() {
    let Some(clang) = first(Family::Clang) else { return };
    use Status::*;
    let expected = [
        ("-fgcse-sm", Ignored),
        ("-fbogus", Rejected),
        ("-Wno-bogus", Ignored),
        ("-fipa-pta", Rejected),
        ("-fvectorize", Accepted),
        ("-fno-slp-vectorize", Accepted),
        ("-march=bogus", Rejected),
        ("-mprefer-vector-width=256", Accepted),
        ("-mllvm -bogus-option", Rejected),
        ("-mllvm -inline-threshold=500", Accepted),
    ];
    let flags: Vec<&str> = expected.iter().map(|(f, _)| *f).collect();
    assert_status(&accept(&clang, &flags), &expected);
}

#[test]
fn a_base_that_fails_is_told() {
    let Some(gcc) = first(Family::Gcc) else { return };
    let error = toolchain::accept(&gcc, &["-fbogus".into()], &[]).unwrap_err().to_string();
    assert!(error.contains("-fbogus") && error.contains("--base") && !error.contains('\n'), "{error}");
}

#[test]
fn listed_options_have_forms_and_states() {
    let Some(gcc) = first(Family::Gcc) else { return };
    let options = toolchain::optimizer_options(&gcc).unwrap();
    assert!(options.len() > 500, "{}", options.len());
    let gcse = options.iter().find(|o| o.option == "-fgcse").unwrap();
    assert_eq!((&gcse.form, gcse.state.as_deref()), (&toolchain::OptionForm::Switch, Some("[disabled]")));
    let base = toolchain::state(&gcc, &["-O2".into()]).unwrap();
    let same = toolchain::state(&gcc, &["-O2".into(), "-fgcse".into()]).unwrap();
    assert!(base == same);
    let other = toolchain::state(&gcc, &["-O2".into(), "-fno-gcse".into()]).unwrap();
    assert_eq!(other["-fgcse"], "[disabled]");
    assert!(base != other);
}

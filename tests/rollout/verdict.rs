//! What makes a system one to roll back, each reason alone.

use crate::rollout::fake::Fake;
use hwtune::rollout::{Ask, Baseline, Libraries, Outcome, Places, Plan, State, Verified, verify};
use std::path::Path;

const NEW: &str = "/nix/store/new-nixos-system";
const LIBZ: &str = "/nix/store/new-zlib-1.3.1/lib/libz.so.1.3.1";
const LIBC: &str = "/nix/store/one-glibc-2.40/lib/libc.so.6";

fn machine() -> Fake {
    let mut fake = Fake::default();
    fake.links.insert("/run/current-system".into(), NEW.into());
    fake.maps = format!("1-2 r-xp 0 08:01 1 {LIBC}\n2-3 r-xp 0 08:01 1 {LIBZ}\n");
    let closure = format!("{NEW}\n/nix/store/one-glibc-2.40\n/nix/store/new-zlib-1.3.1\n");
    for (call, answer) in [
        ("nix-store --query --requisites", closure.as_str()),
        ("nix-store --query --deriver", "/nix/store/z.drv\n"),
        ("journalctl --no-pager --output=short-unix --since=@1000", ""),
    ] {
        fake.answers.insert(call.into(), answer.into());
    }
    fake.files.insert(
        "/nix/store/z.drv".into(),
        r#"("NIX_CFLAGS_COMPILE","-static-libgcc -march=skylake")"#.into(),
    );
    fake
}

fn state() -> State {
    let libraries = Libraries {
        libc: LIBC.into(),
        libz: "/nix/store/old-zlib-1.3.1/lib/libz.so.1.3.1".into(),
        loader: String::new(),
    };
    let base = Baseline {
        system: "/nix/store/old-nixos-system".into(),
        complete: true,
        crashing: vec!["slack".into()],
        libraries,
        ..Baseline::default()
    };
    let packages = [("zlib".to_string(), vec!["-march=skylake".to_string()])].into();
    let plan = Plan {
        at: String::new(),
        route: "side".into(),
        fingerprint: String::new(),
        packages,
        consumers: Vec::new(),
    };
    State { baseline: Some(base), plan: Some(plan), ..State::default() }
}

fn judged(fake: &Fake, state: &State) -> Verified {
    let places = Places::default();
    let ask = Ask { places: &places, samples: 2, again: false, timer: Err("no usable compiler") };
    verify(fake, &ask, state, Path::new("/scratch"), 2.0).unwrap()
}

fn bad(verified: &Verified) -> Vec<String> {
    let bad = verified.checks.iter().filter(|c| c.outcome == Outcome::Bad);
    bad.map(|c| format!("{}: {}", c.what, c.text)).collect()
}

#[test]
fn a_system_as_planned_is_kept_and_what_was_not_measured_is_said() {
    let verified = judged(&machine(), &state());
    assert!(verified.keep && verified.system == NEW, "{:?}", bad(&verified));
    assert!(verified.checks.iter().any(|c| c.text.contains("not measured: no usable compiler")));
    assert!(
        verified.checks.iter().any(|c| c.what == "journal" && c.outcome == Outcome::Ok),
        "{:?}",
        verified.checks
    );
}

#[test]
fn each_fault_alone_is_a_reason() {
    type Break = fn(&mut Fake, &mut State);
    let cases: [(&str, Break); 7] = [
        ("still the baseline's", |fake, _| fake.maps = fake.maps.replace("new-zlib", "old-zlib")),
        ("is still the baseline's: the module", |fake, _| {
            // Also where the store cannot be asked.
            fake.maps = fake.maps.replace("new-zlib", "old-zlib");
            fake.answers.remove("nix-store --query --requisites");
        }),
        ("not of this system's closure", |fake, _| fake.maps = fake.maps.replace("one-glibc", "two-glibc")),
        ("built without -march=skylake", |fake, _| {
            fake.files.insert(
                "/nix/store/z.drv".into(),
                r#"("NIX_CFLAGS_COMPILE","-march=skylake-avx512")"#.into(),
            );
        }),
        ("map none", |fake, _| fake.maps = format!("1-2 r-xp 0 08:01 1 {LIBC}\n")),
        ("crashes since 1970-01-01T00:16:40Z of git (1)", |fake, _| {
            for answer in fake.answers.iter_mut().filter(|(call, _)| call.starts_with("journalctl")) {
                *answer.1 = "1001.0 shoshin kernel: git[12]: segfault at 0 ip 0\n".into();
            }
        }),
        ("a wrong answer", |fake, _| {
            fake.links.insert("/run/current-system/sw/bin/ls".into(), "/x".into());
            fake.answers.insert("/run/current-system/sw/bin/ls".into(), "nonsense\n".into());
        }),
    ];
    for (words, break_it) in cases {
        let (mut fake, mut state) = (machine(), state());
        if words.contains("still") {
            let closure = fake.answers.get_mut("nix-store --query --requisites").unwrap();
            closure.push_str("/nix/store/old-zlib-1.3.1\n");
        }
        break_it(&mut fake, &mut state);
        let verified = judged(&fake, &state);
        assert!(!verified.keep && bad(&verified).len() == 1, "{words}: {:?}", bad(&verified));
        assert!(bad(&verified)[0].contains(words), "{words}: {:?}", bad(&verified));
    }
}

#[test]
fn what_was_so_before_or_cannot_be_known_is_no_reason() {
    type Change = fn(&mut Fake, &mut State);
    let cases: [(&str, Change); 6] = [
        ("no program of this system could be looked at", |fake, _| fake.maps.clear()),
        ("as in the week before", |fake, _| {
            for answer in fake.answers.iter_mut().filter(|(call, _)| call.starts_with("journalctl")) {
                *answer.1 = "1001.0 shoshin kernel: slack[12]: segfault at 0 ip 0\n".into();
            }
        }),
        ("run it as root", |fake, _| {
            let hint = "Hint: You are currently not seeing messages from other users and the system.\n";
            fake.complaints.insert("journalctl".into(), hint.into());
        }),
        ("the store does not know", |fake, _| {
            fake.answers.insert("nix-store --query --deriver".into(), "unknown-deriver\n".into());
        }),
        ("rewritten references", |fake, _| {
            fake.files.insert("/nix/store/z.drv".into(), "(\"builder\",\"x\")".into());
        }),
        ("not to be built", |_, state| state.plan = None),
    ];
    for (words, change) in cases {
        let (mut fake, mut state) = (machine(), state());
        change(&mut fake, &mut state);
        let verified = judged(&fake, &state);
        assert!(verified.keep, "{words}: {:?}", bad(&verified));
        assert!(verified.checks.iter().any(|c| c.text.contains(words)), "{words}: {:?}", verified.checks);
    }
}

/// On the side route only some programs get the library: the one that did is verified, the others are told.
#[test]
fn the_programs_of_the_plan_are_looked_at() {
    let (mut fake, mut state) = (machine(), state());
    state.plan.as_mut().unwrap().consumers = vec!["curl".into(), "pigz".into(), "gone".into()];
    // What waits for its input maps the ordinary one: it is not what the plan is about.
    fake.maps = fake.maps.replace("new-zlib", "old-zlib");
    for (name, zlib) in [("curl", "/nix/store/old-zlib-1.3.1/lib/libz.so.1.3.1"), ("pigz", LIBZ)] {
        let program = format!("/nix/store/{name}/bin/{name}");
        fake.links.insert(format!("/run/current-system/sw/bin/{name}").into(), program.clone().into());
        // A wrapper stands in front of pigz.
        let traced = match name {
            "pigz" => "/nix/store/pigz/bin/.pigz-wrapped".to_string(),
            _ => program,
        };
        if name == "pigz" {
            fake.links.insert(traced.clone().into(), traced.clone().into());
        }
        let text = format!(
            "\tlinux-vdso.so.1 (0x1)\n\tlibz.so.1 => {zlib} (0x2)\n\tlibc.so.6 => {LIBC} (0x3)\n\t/lib64/ld-linux-x86-64.so.2 (0x4)\n"
        );
        fake.answers.insert(format!("env LD_TRACE_LOADED_OBJECTS=1 {traced}"), text);
    }
    let verified = judged(&fake, &state);
    let said = |what: &str| verified.checks.iter().find(|c| c.what == what).map(|c| c.text.clone()).unwrap();
    assert!(verified.keep, "{:?}", bad(&verified));
    assert!(said("libz").contains("built with -march=skylake"), "{}", said("libz"));
    assert!(
        said("curl").contains("old-zlib") && said("gone").contains("not looked at"),
        "{:?}",
        verified.checks
    );
    // None of them got it.
    state.plan.as_mut().unwrap().consumers = vec!["curl".into()];
    let verified = judged(&fake, &state);
    assert!(!verified.keep && bad(&verified)[0].contains("is still the baseline's"), "{:?}", bad(&verified));
}

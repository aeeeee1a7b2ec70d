//! One process measures many kernels: what one of them does costs its own entry and no other.

use crate::measure::SUM;
use crate::support::bench::{Bench, body, entry, job, kernel, linked};
use hwtune::catalogue::Kernel;
use hwtune::experiment::{Entry, Fault, Job, ProcessSampler, Sampler, Samples, Which};
use std::path::Path;
use std::time::Duration;

/// A sound kernel before and behind each odd one; returns what the odd ones were answered, in their order.
fn among_sound_ones(odd: &[String], pairs: u32) -> Vec<Result<Samples, Fault>> {
    let bench = Bench::new();
    let same = |name: &str, text: &str| kernel(name, text);
    let plain = body("static uint64_t n; return ++n;");
    let (mut a, mut b) = (vec![same("sum", SUM)], vec![same("sum", SUM)]);
    for (n, text) in odd.iter().enumerate() {
        a.push(same(&format!("odd{n}"), &plain));
        b.push(same(&format!("odd{n}"), text));
    }
    let mut entries = vec![entry(0, pairs)];
    for n in 1..=odd.len() as u32 {
        entries.extend([entry(n, pairs), entry(0, pairs)]);
    }
    let answers = bench.run([&a, &b], &[], &entries).unwrap();
    assert_eq!(answers.len(), entries.len());
    let (sound, odd): (Vec<_>, Vec<_>) = entries.iter().zip(answers).partition(|(e, _)| e.kernel == 0);
    for (_, answer) in sound {
        assert_eq!(answer.expect("a sound kernel is measured").pairs.len(), pairs as usize);
    }
    odd.into_iter().map(|(_, answer)| answer).collect()
}

fn crashes(what: &str) -> Fault {
    Fault::Crashed { which: Which::B, what: what.into() }
}

#[test]
fn a_crash_a_hang_and_a_wrong_sum_cost_their_own_entry_alone() {
    let spins = "for (volatile uint64_t i = 0;; i++) if (i == 0xffffffffffffull) return i;";
    let setup = |does: &str| {
        format!(
            "#include \"probe.h\"\n#include <stdlib.h>\nvoid probe_setup(uint64_t seed) {{ (void)seed; {does} }}\nuint64_t probe_run(void) {{ return 1; }}\n"
        )
    };
    let found = among_sound_ones(
        &[
            body("return (uint64_t)*(volatile int *)8;"),
            body(spins),
            body("static uint64_t n; return n += 2;"),
            body("__builtin_trap(); return 0;"),
            setup("abort();"),
            setup("for (volatile int i = 0;; i++) {}"),
            "int nothing(void) { return 0; }\n".into(),
        ],
        2,
    );
    assert_eq!(found[0], Err(crashes("SIGSEGV")));
    assert_eq!(found[1], Err(crashes("no end after 3 s of CPU time")));
    assert!(matches!(found[2], Err(Fault::WrongResult { dataset: 0, .. })), "{:?}", found[2]);
    assert_eq!(found[3], Err(crashes("SIGILL")));
    assert_eq!(found[4], Err(crashes("SIGABRT")));
    assert_eq!(found[5], Err(crashes("no end after 3 s of CPU time")));
    let none = Fault::NotAKernel { which: Which::B, what: "no function probe_setup".into() };
    assert_eq!(found[6], Err(none));
}

/// Whatever its code, the process's own among them, and whatever it says on its way.
#[test]
fn one_that_leaves_by_itself_is_blamed_alone() {
    let heads = "#include <signal.h>\n#include <stdlib.h>\n#include <unistd.h>\n#include <sys/syscall.h>\n";
    let ways = [
        "exit(0);",
        "_exit(0);",
        "exit(3);",
        "exit(4);",
        "_exit(255);",
        "syscall(SYS_exit, 0);",
        "raise(SIGKILL);",
        "raise(SIGALRM);",
        "signal(SIGTERM, SIG_DFL); raise(SIGTERM);",
    ];
    // Some leave in the middle, when pairs were timed already.
    let late = "static int n; if (n++ == 3) exit(0);";
    let odd: Vec<String> = ways
        .iter()
        .chain([&late])
        .map(|way| heads.to_string() + &body(&format!("{way} return 1;")))
        .collect();
    let found = among_sound_ones(&odd, 2);
    for (way, answer) in ways.iter().zip(&found) {
        assert!(matches!(answer, Err(Fault::Process(why)) if !why.contains('\n')), "{way}: {answer:?}");
    }
    assert!(matches!(found.last(), Some(Err(Fault::Process(_) | Fault::WrongResult { .. }))), "{found:?}");
}

#[test]
fn one_that_sleeps_for_ever_is_ended_and_blamed_alone() {
    let odd = format!("#include <unistd.h>\n{}", body("for (;;) sleep(1000);"));
    match &among_sound_ones(&[odd], 1)[..] {
        [Err(Fault::Crashed { which: Which::B, what })] => assert_eq!(what, "sleeps: no CPU time in 10 s"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_that_stops_itself_is_ended_and_blamed_alone() {
    let odd = format!("#include <signal.h>\n{}", body("raise(SIGSTOP); return 1;"));
    match &among_sound_ones(&[odd], 1)[..] {
        [Err(Fault::Crashed { which: Which::B, what })] => assert_eq!(what, "sleeps: no CPU time in 10 s"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_constructor_that_crashes_is_the_fault_of_its_build_in_each_entry() {
    let bench = Bench::new();
    let dies = SUM.to_string()
        + "static void __attribute__((constructor)) early(void) { *(volatile int *)8 = 1; }\n";
    let sides = [[kernel("sum", SUM), kernel("more", SUM)], [kernel("sum", SUM), kernel("more", &dies)]];
    let [a, b] = &sides;
    for (at, which) in [([a, b], Which::B), ([b, a], Which::A)] {
        let answers = bench.run([at[0], at[1]], &[], &[entry(0, 1), entry(1, 1)]).unwrap();
        let dead = Fault::Crashed { which, what: "SIGSEGV".into() };
        assert_eq!(answers, [Err(dead.clone()), Err(dead)]);
    }
}

#[test]
fn each_entry_meets_a_fresh_process() {
    let bench = Bench::new();
    let once = format!(
        "#include <stdlib.h>\n{}",
        body("return 7;").replace(
            "(void)seed;",
            "(void)seed; static int n; if (n++ || getenv(\"met\")) abort(); setenv(\"met\", \"1\", 1);"
        )
    );
    let one = [kernel("once", &once), kernel("sum", SUM)];
    let builder = bench.builder();
    let sides = || [linked(&builder, &one[1..], &[]), linked(&builder, &one[1..], &[])];
    // Either build has its own variables but shares the environment: only one side may set it up.
    let sampler = bench.sampler(&builder);
    let order: Vec<Entry> = (0..40).map(|seed| Entry { seed, ..entry(0, 1) }).collect();
    let answers = sampler.run(&job(sides(), &order)).unwrap();
    assert!(answers.len() == 40 && answers.iter().all(Result::is_ok), "{answers:?}");
    let plain = body("return 7;");
    let answers =
        bench.run([&[kernel("plain", &plain)], &one[..1]], &[], &[entry(0, 1), entry(0, 2), entry(0, 1)]);
    assert!(answers.unwrap().iter().all(Result::is_ok));
}

#[test]
fn answers_come_in_the_order_of_the_entries_with_the_calls_that_were_asked_for() {
    let bench = Bench::new();
    let all: Vec<Kernel> = (0..3).map(|n| kernel(&format!("k{n}"), SUM)).collect();
    let asked: Vec<Entry> = [(2, 5, 3), (0, 7, 1), (1, 11, 0), (2, 13, 2)]
        .map(|(kernel, calls, pairs)| Entry { calls, ..entry(kernel, pairs) })
        .to_vec();
    let answers = bench.run([&all, &all], &[], &asked).unwrap();
    let found: Vec<(u64, usize)> = answers.iter().flatten().map(|s| (s.calls, s.pairs.len())).collect();
    assert_eq!(found, [(5, 3), (7, 1), (11, 0), (13, 2)]);
    // Calls that are learnt make samples as long as they are to be: a short call is repeated.
    let quick = kernel("quick", &body("static uint64_t n; return ++n;"));
    assert!(bench.compare(&quick, &quick, &[], 1).unwrap().calls > 100);
}

/// A call may last up to a second, and whatever is allowed to a call is allowed to the samples of a pair.
#[test]
fn a_call_within_its_limit_is_measured() {
    let bench = Bench::new();
    let lasts = |ms: u32| {
        let run = format!(
            "struct timespec from, now; clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from); do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);\n\
             while ((now.tv_sec - from.tv_sec) * 1000 + (now.tv_nsec - from.tv_nsec) / 1000000 < {ms}); return 1;"
        );
        kernel("lasts", &format!("#define _GNU_SOURCE\n#include <time.h>\n{}", body(&run)))
    };
    let samples = bench.compare(&lasts(850), &lasts(850), &[], 1).unwrap();
    assert_eq!((samples.calls, samples.pairs.len()), (1, 1));
    match bench.compare(&lasts(1), &lasts(1100), &[], 1) {
        Err(Fault::NotAKernel { which: Which::B, what }) => assert_eq!(what, "one probe_run takes over 1 s"),
        other => panic!("{other:?}"),
    }
    // With the untimed calls that let the frequency settle, as long as the interface asks for.
    let builder = bench.builder();
    let one = [lasts(200)];
    let files = [linked(&builder, &one, &[]), linked(&builder, &one, &[])];
    let warmed = Job { warm_ns: 1_000_000, ..job(files, &[entry(0, 1)]) };
    let answers = bench.sampler(&builder).run(&warmed).unwrap();
    assert!(answers[0].is_ok(), "{answers:?}");
}

#[test]
fn a_process_that_outlives_its_limit_is_ended_with_its_children() {
    let bench = Bench::new();
    let sleeps = [kernel("sleeps", &format!("#include <unistd.h>\n{}", body("for (;;) sleep(1000);")))];
    let builder = bench.builder();
    let files = [linked(&builder, &sleeps, &[]), linked(&builder, &sleeps, &[])];
    let sampler = ProcessSampler { limit: Duration::from_secs(2), ..bench.sampler(&builder) };
    match sampler.run(&job(files, &[entry(0, 1), entry(0, 1)])) {
        Err(Fault::Process(why)) => assert!(why.contains("no end after 2 s"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(running(&sampler.executable, bench.workspace.path()), [] as [String; 0]);
}

/// Processes of the runner that hold something of a workspace mapped, once they had a second to end.
fn running(runner: &Path, workspace: &Path) -> Vec<String> {
    let workspace = workspace.display().to_string();
    let ours = |pid: &String| {
        let at = |what: &str| format!("/proc/{pid}/{what}");
        std::fs::read_link(at("exe")).is_ok_and(|p| p == runner)
            && std::fs::read_to_string(at("maps")).is_ok_and(|m| m.contains(&workspace))
    };
    let all = || -> Vec<String> {
        let names = std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned());
        names.filter(|n| n.bytes().all(|b| b.is_ascii_digit())).filter(ours).collect()
    };
    for _ in 0..100 {
        if all().is_empty() {
            return Vec::new();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    all()
}

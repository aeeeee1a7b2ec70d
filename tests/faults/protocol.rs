//! Processes that break off, lie or meet odd clocks.

use crate::faults::support::Place;
use hwtune::experiment::{Entry, Fault, Job, Planted, ProcessSampler, Sampler, Samples, parse_protocol};
use std::time::Duration;

const WHOLE: &str = "runner 2\nentry 0\ncheck 5 5\ncalls 19\npair 600000 599000 1240000 1\npair 598000 601000 1235000 0\nsum 7 7\n\
    entry 1\ncheck 5 5\ncalls 3\npair 300000 310000 630000 0\nsum 9 9\nend\n";

fn job() -> Job {
    let entry = Entry { kernel: 0, dataset: 0, seed: 1, calls: 0, pairs: 2, planted: false, bounded: false };
    let entries = vec![entry, Entry { kernel: 1, pairs: 1, ..entry }];
    Job { a: "/a".into(), b: "/b".into(), warm_ns: 0, draw: 1, planted: Planted::NONE, entries }
}

fn parse(text: &str) -> Result<Vec<Result<Samples, Fault>>, Fault> {
    parse_protocol(text, &job(), "test")
}

#[test]
fn an_answer_that_breaks_off_anywhere_is_no_answer() {
    let pairs =
        |text: &str| -> Vec<usize> { parse(text).unwrap().iter().flatten().map(|s| s.pairs.len()).collect() };
    assert_eq!(pairs(WHOLE), [2, 1]);
    for end in 0..WHOLE.len() {
        assert!(matches!(parse(&WHOLE[..end]), Err(Fault::Process(_))), "{end}");
    }
    for (line, dropped) in WHOLE.lines().enumerate() {
        let without: String =
            WHOLE.lines().enumerate().filter(|(i, _)| *i != line).map(|(_, l)| format!("{l}\n")).collect();
        // `check` and `calls` say nothing that is missed. A pair or a sum costs its own entry; all else all of them.
        let own = usize::from(line > WHOLE.lines().position(|l| l == "entry 1").unwrap());
        match (dropped.split(' ').next().unwrap(), parse(&without)) {
            ("check" | "calls", Ok(answers)) => assert!(answers.iter().all(Result::is_ok), "{dropped}"),
            ("pair" | "sum", Ok(answers)) => {
                assert!(matches!(answers[own], Err(Fault::Process(_))), "{dropped}: {answers:?}");
                assert!(answers[1 - own].is_ok(), "{dropped}: {answers:?}");
            }
            ("runner" | "entry" | "end", Err(Fault::Process(_))) => {}
            other => panic!("{dropped}: {other:?}"),
        }
    }
}

#[test]
fn a_line_that_comes_once_too_often_is_no_figure() {
    for (line, text) in WHOLE.lines().enumerate() {
        let twice: String = WHOLE
            .lines()
            .enumerate()
            .flat_map(|(i, l)| std::iter::repeat_n(format!("{l}\n"), if i == line { 2 } else { 1 }))
            .collect();
        // The same checksums and calls again change nothing; what follows the end is not read.
        let harmless = ["check", "calls", "sum", "end"].iter().any(|w| text.starts_with(w));
        let whole = parse(&twice).is_ok_and(|answers| answers.iter().all(Result::is_ok));
        assert_eq!(whole, harmless, "{text}");
    }
}

#[test]
fn a_fault_costs_its_own_entry_and_the_first_one_counts() {
    let with = |fault: &str| WHOLE.replacen("calls 19\n", &format!("calls 19\n{fault}\n"), 1);
    for fault in [
        "fail b signal 11",
        "fail a hang 3 s of CPU time",
        "fail - hang 20 s",
        "fail - died signal 09",
        "fail - died exit 3",
        "fail b load no such file",
        "check 5 6",
    ] {
        // Whatever it says after its fault is not heard.
        for more in ["", "\nfail a signal 8", "\nsum 1 2", "\npair x"] {
            let answers = parse(&with(&format!("{fault}{more}"))).unwrap();
            assert!(answers[0].is_err() && answers[1].is_ok(), "{fault}{more}: {answers:?}");
            assert_eq!(answers[0], parse(&with(fault)).unwrap()[0], "{fault}{more}");
        }
    }
    // What befalls the process itself is no entry's fault.
    assert!(matches!(parse(&with("fail - limit out of processes")), Err(Fault::Machine(_))));
}

#[test]
fn a_clock_that_steps_is_no_measurement_and_a_gap_in_time_is_no_effect() {
    for odd in ["0", "18446744073709551615", "9223372036854775807", "3600000000000"] {
        for text in [WHOLE.replace("pair 598000", &format!("pair {odd}")), WHOLE.replace("601000", odd)] {
            let answers = parse(&text).unwrap();
            assert!(matches!(answers[0], Err(Fault::Machine(_))) && answers[1].is_ok(), "{odd}: {answers:?}");
        }
    }
    for odd in ["-5", "1e9", "NaN", "", "0x10"] {
        let text = WHOLE.replace("pair 598000", &format!("pair {odd}"));
        assert!(matches!(parse(&text), Err(Fault::Process(_))), "{odd}");
    }
    // The machine slept for ten hours in the middle of a sample: wall time shows it, the thread's own clock does not.
    let slept = parse(&WHOLE.replace("1235000", "36000001235000")).unwrap().remove(0).unwrap();
    assert_eq!(slept.pairs[1].effect(), parse(WHOLE).unwrap().remove(0).unwrap().pairs[1].effect());
}

#[test]
fn processes_that_die_babble_or_stay_are_ended_and_told() {
    let place = Place::new();
    for (what, script, words) in [
        (
            "killed in the middle",
            "printf 'runner 2\\nentry 0\\ncalls 3\\npair 300000'; kill -KILL $$",
            "broke off",
        ),
        ("ends at once", "exit 0", "no answer"),
        ("speaks as an older one", "printf 'runner 1\\nreps 3\\nend\\n'", "odd answer"),
        ("says nothing", "sleep 60", "no end after 2 s"),
        ("stays after its end", "printf 'runner 2\\nentry 0\\ncalls 3\\n'; sleep 60", "no end after 2 s"),
        ("leaves an entry out", "printf 'runner 2\\nentry 0\\ncalls 3\\nend\\n'", "odd answer"),
        ("babbles", "yes 'pair 300000 1 1 0'", "odd answer"),
        ("says bytes", "head -c 100000 /dev/urandom", "odd answer"),
        ("cannot pin itself", "echo 'fail - pin Invalid argument'", "pin"),
    ] {
        let executable = place.script("runner", &format!("#!/bin/sh\n{script}\n"));
        let sampler = ProcessSampler { executable, cpu: 0, limit: Duration::from_secs(2) };
        match sampler.run(&job()) {
            Err(Fault::Process(told) | Fault::Machine(told)) => {
                assert!(told.contains(words) || what == "babbles", "{what}: {told}")
            }
            other => panic!("{what}: {other:?}"),
        }
    }
    let none = ProcessSampler { executable: place.path("none"), cpu: 0, limit: Duration::from_secs(2) };
    assert!(matches!(none.run(&job()), Err(Fault::Machine(_))));
}

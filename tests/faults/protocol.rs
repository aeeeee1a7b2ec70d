//! Runners that break off, lie or meet odd clocks.

use crate::support::Place;
use hwtune::experiment::{Fault, Job, Planted, ProcessRunner, Runner, Samples, parse_protocol};
use std::time::Duration;

const WHOLE: &str = "runner 1\ncheck 5 5\nreps 19\nturn b 300000 310000 0 7\nturn a 300000 310000 1 7\n\
    turn a 299000 310000 0 7\nturn b 301000 310000 0 7\nend\n";

fn job() -> Job {
    Job {
        a: "/a".into(),
        b: "/b".into(),
        dataset: 0,
        seed: 1,
        pairs: 2,
        warm_ns: 0,
        draw: 1,
        planted: Planted::NONE,
    }
}

fn parse(text: &str) -> Result<Samples, Fault> {
    parse_protocol(text, &job(), "test")
}

#[test]
fn an_answer_that_breaks_off_anywhere_is_no_answer() {
    assert_eq!(parse(WHOLE).unwrap().pairs.len(), 2);
    for end in 0..WHOLE.len() {
        assert!(matches!(parse(&WHOLE[..end]), Err(Fault::Process(_) | Fault::WrongResult { .. })), "{end}");
    }
    for (line, _) in WHOLE.lines().enumerate() {
        let without: String =
            WHOLE.lines().enumerate().filter(|(i, _)| *i != line).map(|(_, l)| format!("{l}\n")).collect();
        // `check` and `reps` say nothing that is missed; all else is.
        let spared = WHOLE.lines().nth(line).is_some_and(|l| l.starts_with("check") || l.starts_with("reps"));
        assert_eq!(parse(&without).is_ok(), spared, "{line}");
    }
}

#[test]
fn a_clock_that_steps_is_no_measurement_and_a_gap_in_time_is_no_effect() {
    let with = |cpu: &str| WHOLE.replace("turn a 299000", &format!("turn a {cpu}"));
    for odd in ["0", "18446744073709551615", "9223372036854775807", "3600000000000", "-5", "1e9", "NaN"] {
        assert!(matches!(parse(&with(odd)), Err(Fault::Process(_) | Fault::Machine(_))), "{odd}");
    }
    // The machine slept for ten hours in the middle of a sample: wall time shows it, the thread's own clock does not.
    let slept = parse(&WHOLE.replace("299000 310000", "299000 36000000310000")).unwrap();
    assert_eq!(slept.pairs[1].effect(), parse(WHOLE).unwrap().pairs[1].effect());
}

#[test]
fn processes_that_die_babble_or_stay_are_ended_and_told() {
    let place = Place::new();
    for (what, script, words) in [
        ("killed in the middle", "printf 'runner 1\\nreps 3\\nturn a 300000'; kill -KILL $$", "broke off"),
        ("ends at once", "exit 0", "no answer"),
        ("says nothing", "sleep 60", "no end after 2 s"),
        ("stays after its end", "printf 'runner 1\\nreps 3\\n'; sleep 60", "no end after 2 s"),
        ("babbles", "yes 'turn a 300000 1 0 1'", "odd answer"),
        ("says bytes", "head -c 100000 /dev/urandom", "odd answer"),
        ("cannot pin itself", "echo 'fail - pin Invalid argument'", "pin"),
    ] {
        let executable = place.script("runner", &format!("#!/bin/sh\n{script}\n"));
        let runner = ProcessRunner { executable, cpu: 0, limit: Duration::from_secs(2) };
        match runner.run(&job()) {
            Err(Fault::Process(told) | Fault::Machine(told)) => {
                assert!(told.contains(words) || what == "babbles", "{what}: {told}")
            }
            other => panic!("{what}: {other:?}"),
        }
    }
    let none = ProcessRunner { executable: place.path("none"), cpu: 0, limit: Duration::from_secs(2) };
    assert!(matches!(none.run(&job()), Err(Fault::Machine(_))));
}

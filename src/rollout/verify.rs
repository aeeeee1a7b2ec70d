//! This module decides whether a new system should be kept.

use super::baseline::{Ask, looked_at, memory};
use super::calls::{self, Places, RUNNING};
use super::error::RolloutError;
use super::mapped::Libraries;
use super::state::{Baseline, Check, Compared, Outcome, State, Verified};
use super::system::{Call, System, stamp};
use super::{journal, libraries, smoke, timing};
use crate::text::place;
use std::path::Path;

/// What `rollout verify` does, for `--dry-run`.
pub fn verify_steps(
    places: &Places,
    consumers: &[String],
    samples: usize,
    scratch: &Path,
    state: &Path,
) -> Vec<String> {
    let run = |call: Call| format!("run    {call}");
    let mut steps = vec![
        format!("read   {}", place(state)),
        format!("read   {}", place(&places.system)),
        format!("run    nix-store --query --requisites SYSTEM   (SYSTEM: where {} leads)", place(&places.system)),
        looked_at(places, consumers),
        "run    nix-store --query --deriver LIBRARY   (for each library that was to be built; the derivation is read)".into(),
    ];
    steps.extend(smoke::calls(places, scratch).into_iter().map(run));
    steps.push("run    journalctl --no-pager --output=short-unix --since=@SWITCH   (SWITCH: when the system became the running one)".into());
    steps.push("read   /proc/meminfo".into());
    steps.push(format!(
        "run    LOADER --library-path FOLDERS DRIVER LIBZ 5   ({samples} times each with the libraries before and now, in turns)"
    ));
    steps.push(format!("write  {}", place(state)));
    steps
}

/// Checks the system at `ask.places` against the baseline. `scratch` is an empty folder; a job whose interval lies
/// wholly below minus `margin` is a reason to roll back.
pub fn verify(
    system: &dyn System,
    ask: &Ask<'_>,
    state: &State,
    scratch: &Path,
    margin: f64,
) -> Result<Verified, RolloutError> {
    let base = state.baseline.as_ref().ok_or_else(|| {
        RolloutError::usage(
            "rollout verify: there is no baseline to compare with; run `hwtune rollout baseline` before the switch",
        )
    })?;
    let places = ask.places;
    let real = system.resolve(&places.system).map_err(|e| {
        RolloutError::usage(format!("rollout verify: {e}; name the system with --system, such as ./result"))
    })?;
    if !base.system.is_empty() && Path::new(&base.system) == real {
        return Err(RolloutError::usage(format!(
            "rollout verify: {} is still the baseline's system, {}; switch first, or name a built one with --system ./result",
            place(&places.system),
            crate::text::one_line(&base.system)
        )));
    }
    let closure =
        system.output(&calls::closure(&real)).map(|t| t.lines().map(String::from).collect::<Vec<_>>());
    let consumers = state.plan.as_ref().map(|p| &p.consumers[..]).unwrap_or_default();
    let programs = Libraries::of_programs(system, places, consumers);
    let mapped = match consumers {
        [] => Libraries::of_system(system, places),
        _ => libraries::tuned(&programs, &base.libraries),
    };
    let mut checks = libraries::check(
        system,
        base,
        state.plan.as_ref(),
        closure.as_deref().map_err(|why| why.as_str()),
        mapped.as_ref().map_err(|why| why.as_str()),
    );
    checks.extend(libraries::others(&programs, mapped.as_ref().ok()));
    let now = mapped.unwrap_or_default();
    checks.extend(smoke::check(system, places, scratch));
    checks.push(crashes(system, places, base));
    checks.extend(room(system, base));
    let timing = compared(system, ask, base, &now, &mut checks);
    for row in timing.iter().filter(|row| row.high < -margin) {
        let text = format!("slower than before: {:+.2} [{:+.2}, {:+.2}]", row.effect, row.low, row.high);
        checks.push(Check { what: row.job.clone(), outcome: Outcome::Bad, text });
    }
    Ok(Verified {
        at: stamp(system.now()),
        system: real.display().to_string(),
        keep: checks.iter().all(|c| c.outcome != Outcome::Bad),
        margin,
        checks,
        timing,
    })
}

/// Crashes since the system became the running one, but for programs that crashed before.
fn crashes(system: &dyn System, places: &Places, base: &Baseline) -> Check {
    let check = |outcome, text: String| Check { what: "journal".into(), outcome, text };
    if places.system != Path::new(RUNNING) {
        return check(
            Outcome::Note,
            format!("not read: {} is not the running system", place(&places.system)),
        );
    }
    // The link is made again at each switch and each boot.
    let since = match system.changed(&places.system) {
        Ok(since) => since,
        Err(why) => return check(Outcome::Note, format!("not read: {why}")),
    };
    let found = match journal::crashes(system, since) {
        Ok(found) => found,
        Err(why) => return check(Outcome::Note, format!("not read: {why}")),
    };
    let list = |new: bool| -> Vec<String> {
        let chosen = found.iter().filter(|(program, _)| base.crashing.contains(program) != new);
        chosen.map(|(program, times)| format!("{program} ({times})")).collect()
    };
    let (new, old) = (list(true), list(false));
    let when = stamp(since);
    match (new.is_empty(), old.is_empty()) {
        (false, _) => check(Outcome::Bad, format!("crashes since {when} of {}", new.join(", "))),
        (true, false) => check(
            Outcome::Note,
            format!("crashes since {when} of {}, as in the week before the baseline", old.join(", ")),
        ),
        (true, true) => check(Outcome::Ok, format!("no crash since {when}")),
    }
}

/// Memory before and now: what runs differs, so it is shown and decides nothing.
fn room(system: &dyn System, base: &Baseline) -> Option<Check> {
    let now = memory(&system.read(Path::new("/proc/meminfo")).ok()?, "MemAvailable:")?;
    let text = format!("{now} MiB available, {} MiB at the baseline", base.memory_available_mib?);
    Some(Check { what: "memory".into(), outcome: Outcome::Note, text })
}

/// Times old libraries against new: in turns where the old ones are still in the store.
fn compared(
    system: &dyn System,
    ask: &Ask<'_>,
    base: &Baseline,
    now: &Libraries,
    checks: &mut Vec<Check>,
) -> Vec<Compared> {
    let mut not = |why: &str| {
        let text = format!("not measured: {why}");
        checks.push(Check { what: "timing".into(), outcome: Outcome::Note, text });
        Vec::new()
    };
    let timer = match ask.timer {
        Ok(timer) => timer,
        Err(why) => return not(why),
    };
    if now.libc.is_empty() {
        return not("the new system's libraries are unknown");
    }
    if *now == base.libraries {
        return not("the libraries are the baseline's own");
    }
    let there = |path: &String| path.is_empty() || system.resolve(Path::new(path)).is_ok();
    let before = &base.libraries;
    let paired =
        !before.libc.is_empty() && there(&before.libc) && there(&before.libz) && there(&before.loader);
    let outcome = match paired {
        true => timer.compare(system, before, now, ask.samples),
        false => timer.time(system, now, ask.samples).map(|rows| timing::against(&base.timing, &rows)),
    };
    match outcome {
        Ok(rows) if rows.is_empty() => not("the baseline holds no figures, and its libraries are gone"),
        Ok(rows) => rows,
        // A library that cannot be loaded or computes something else is a reason of its own.
        Err(why) if why.contains("wrong result") || why.contains("loadable") => {
            checks.push(Check { what: "timing".into(), outcome: Outcome::Bad, text: why });
            Vec::new()
        }
        Err(why) => not(&why),
    }
}

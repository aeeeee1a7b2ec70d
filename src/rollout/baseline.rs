//! The baseline is what is recorded about the running system before a switch.

use super::calls::{self, Places};
use super::error::RolloutError;
use super::journal;
use super::mapped::Libraries;
use super::state::{Baseline, Process, State};
use super::system::{Call, System, stamp};
use super::timing::Timer;
use crate::text::{one_line, place};
use std::path::Path;

/// Crashes of this many seconds before are known ones.
const WEEK: i64 = 7 * 24 * 3600;
/// Processes kept.
const TOP: usize = 20;

/// What is asked of a baseline.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Where to look.
    pub places: &'a Places,
    /// Processes that are timed.
    pub samples: usize,
    /// Replace a baseline of another system.
    pub again: bool,
    /// The measuring program, or why there is none.
    pub timer: Result<&'a Timer, &'a str>,
}

/// What `rollout baseline` does, for `--dry-run`.
pub fn baseline_steps(
    places: &Places,
    consumers: &[String],
    samples: usize,
    now: i64,
    state: &Path,
) -> Vec<String> {
    let run = |call: Call| format!("run    {call}");
    vec![
        format!("read   {}", place(&places.system)),
        "read   /proc/meminfo".into(),
        "read   /proc/loadavg".into(),
        run(calls::processes()),
        run(calls::generations(places)),
        format!(
            "run    nix-store --query --requisites SYSTEM   (SYSTEM: where {} leads)",
            place(&places.system)
        ),
        run(calls::journal(now - WEEK)),
        looked_at(places, consumers),
        format!("write  {}", place(state)),
        format!(
            "run    LOADER --library-path FOLDERS DRIVER LIBZ 5   ({samples} times; the loader and libraries mapped above, and a \
             program compiled in a temporary folder)"
        ),
        format!("write  {}", place(state)),
    ]
}

/// The step that looks at libraries, for `--dry-run`.
pub(super) fn looked_at(places: &Places, consumers: &[String]) -> String {
    if !consumers.is_empty() {
        let all = consumers.iter().map(|name| calls::traced(&places.program(name)).to_string());
        return format!("run    {}", all.collect::<Vec<_>>().join("\nrun    "));
    }
    let [git, nix, cat] = calls::waiting(places);
    format!(
        "run    {git}   (its /proc/PID/maps is read, then it is ended; where that does not show both libraries, {nix} and {cat} as well)"
    )
}

/// Records the baseline into `state`. `save` is called after each stage; a baseline that was interrupted before its
/// libraries were timed is resumed there. False where there is a whole one of this system already: it is kept.
pub fn baseline(
    system: &dyn System,
    ask: &Ask<'_>,
    state: &mut State,
    save: &mut dyn FnMut(&State) -> Result<(), RolloutError>,
) -> Result<bool, RolloutError> {
    let real = system.resolve(&ask.places.system).map(|p| p.display().to_string());
    if let (Some(old), false) = (&state.baseline, ask.again)
        && old.complete
    {
        if real.as_ref().is_ok_and(|now| *now == old.system) {
            return Ok(false);
        }
        return Err(RolloutError::refused(format!(
            "rollout baseline: there is one of another system, {}, of {}; replace it with --again, or name another --state",
            if old.system.is_empty() { "which could not be read".into() } else { one_line(&old.system) },
            one_line(&old.at)
        )));
    }
    let resumed = state
        .baseline
        .take()
        .filter(|b| !ask.again && !b.complete && real.as_ref().is_ok_and(|now| *now == b.system));
    let mut base = match resumed {
        Some(base) => base,
        None => {
            let consumers = state.plan.as_ref().map(|p| p.consumers.clone()).unwrap_or_default();
            let base = facts(system, ask.places, &consumers, real);
            // A new baseline begins a new rollout; the plan may have come first.
            *state = State { baseline: Some(base.clone()), plan: state.plan.take(), ..State::default() };
            save(state)?;
            base
        }
    };
    let timed = match ask.timer {
        Ok(timer) => timer.time(system, &base.libraries, ask.samples),
        Err(why) => Err(why.to_string()),
    };
    match timed {
        Ok(timing) => base.timing = timing,
        Err(why) => {
            base.missing.insert("timing".into(), why);
        }
    }
    base.complete = true;
    state.baseline = Some(base);
    save(state)?;
    Ok(true)
}

/// Everything but the timing. What cannot be had is missing with its reason: a baseline of a part is worth more than none.
fn facts(
    system: &dyn System,
    places: &Places,
    consumers: &[String],
    real: Result<String, String>,
) -> Baseline {
    let mut base = Baseline { at: stamp(system.now()), ..Baseline::default() };
    let mut missing = |what: &str, why: String| {
        base.missing.insert(what.into(), why);
    };
    match real {
        Ok(path) => {
            match system.output(&calls::closure(Path::new(&path))) {
                Ok(text) => base.closure = text.lines().map(String::from).collect(),
                Err(why) => missing("closure", why),
            }
            base.system = path;
        }
        Err(why) => missing("system", why),
    }
    match system
        .output(&calls::generations(places))
        .and_then(|text| current(&text).ok_or("none is current".into()))
    {
        Ok(number) => base.generation = Some(number),
        Err(why) => missing("generation", why),
    }
    match system.read(Path::new("/proc/meminfo")) {
        Ok(text) => {
            base.memory_total_mib = memory(&text, "MemTotal:");
            base.memory_available_mib = memory(&text, "MemAvailable:");
        }
        Err(why) => missing("memory", why),
    }
    match system.read(Path::new("/proc/loadavg")) {
        Ok(text) => base.load = text.split(' ').take(3).filter_map(|w| w.parse().ok()).collect(),
        Err(why) => missing("load", why),
    }
    match system.output(&calls::processes()) {
        Ok(text) => base.top = text.lines().filter_map(process).take(TOP).collect(),
        Err(why) => missing("top", why),
    }
    match journal::crashes(system, system.now() - WEEK) {
        Ok(found) => base.crashing = found.into_keys().collect(),
        Err(why) => missing("crashing", why),
    }
    // Programs that will get the libraries may not be there yet: then any program shows the ordinary ones.
    let programs = Libraries::of_programs(system, places, consumers);
    let mut theirs = programs.into_iter().filter_map(|p| p.found.ok()).filter(|l| !l.libz.is_empty());
    match theirs.next().map_or_else(|| Libraries::of_system(system, places), Ok) {
        Ok(found) => base.libraries = found,
        Err(why) => missing("libraries", why),
    }
    base
}

/// The current generation of what `nix-env --list-generations` prints.
pub(super) fn current(text: &str) -> Option<u64> {
    let line = text.lines().find(|l| l.trim_end().ends_with("(current)"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// All generations, ascending as printed.
pub(super) fn numbers(text: &str) -> Vec<u64> {
    text.lines().filter_map(|l| l.split_whitespace().next()?.parse().ok()).collect()
}

/// A row of `/proc/meminfo` in MiB.
pub(super) fn memory(text: &str, key: &str) -> Option<u64> {
    let row = text.lines().find_map(|l| l.strip_prefix(key))?;
    row.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn process(line: &str) -> Option<Process> {
    let mut words = line.split_whitespace();
    let (cpu, rss) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let name = crate::render::line(&words.collect::<Vec<_>>().join(" "));
    Some(Process { name, cpu, rss_kib: rss })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_generations_and_processes() {
        let text = "  41   2025-11-24 20:00:00   \n  42   2025-11-25 20:00:00   (current)\n";
        assert_eq!((current(text), numbers(text)), (Some(42), vec![41, 42]));
        assert_eq!(current(""), None);
        assert_eq!(memory("MemTotal:       32794624 kB\n", "MemTotal:"), Some(32026));
        let one = process(" 3.1 20480 Web Content").unwrap();
        assert_eq!((one.name.as_str(), one.cpu, one.rss_kib), ("Web Content", 3.1, 20480));
        assert!(process("%CPU RSS COMMAND").is_none());
    }
}

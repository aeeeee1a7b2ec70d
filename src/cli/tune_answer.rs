//! `tune`: from what was measured to the profile and to what is printed.

use super::common::{Common, Format};
use super::keeping::Keeping;
use super::terminal::Paper;
use super::tune_args::Args;
use super::{exit, next_steps, output, shown, table, tune_screen};
use hwtune::catalogue::Catalogue;
use hwtune::check::{self, catalogue_fingerprint};
use hwtune::host::Detected;
use hwtune::profile::{self, Evidence, Profile, Reasons, Run, Section, Verdict};
use hwtune::tune::{Outcome, Subject, Tally};
use std::time::Duration;

/// Where the time went, in one line of at most 100 characters: seconds, and the share of confirmation in which code was timed.
pub fn time_report(outcome: &Outcome, all: Duration) -> String {
    let Tally { comparing, building, linking, processes, confirmed, .. } = outcome.tally;
    let spent = &outcome.measurement.spent_s;
    let share = 100.0 * confirmed.as_secs_f64() / spent.confirm.max(1e-3);
    let [all, comparing, building, linking, processes] =
        [all, comparing, building, linking, processes].map(|d| d.as_secs_f64());
    format!(
        "time {all:.0} s: accepting {:.0}, comparing {comparing:.0}, compiling {building:.0}, linking {linking:.0}, \
         measuring {processes:.0} ({share:.0} % timed)",
        spent.accept
    )
}

/// The profile of a run.
pub fn assemble(
    detected: Detected,
    (toolchain, reasons): (Vec<profile::Toolchain>, Reasons),
    subjects: &[Subject],
    outcome: Outcome,
    catalogue: &Catalogue,
) -> Profile {
    let mut made = Profile {
        schema: profile::SCHEMA,
        fingerprint: String::new(),
        digest: String::new(),
        complete: outcome.complete,
        host: detected.host,
        system: detected.system,
        names: detected.names,
        toolchain,
        reasons,
        measurement: Some(outcome.measurement),
        package: Default::default(),
        kernel: Default::default(),
    };
    made.system.measured_at = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    made.fingerprint = profile::fingerprint(&made);
    let measured = made.measurement.as_ref();
    let run = measured.map(|m| Run {
        measured_at: made.system.measured_at.clone(),
        method: m.method.clone(),
        margin: m.margin,
        control: m.aa.measured().then_some(m.aa.verdict),
    });
    for (subject, mut section) in subjects.iter().zip(outcome.sections) {
        let about = match (&subject.package, subject.kernels.first()) {
            (None, Some(own)) => check::Subject::Kernel(own),
            _ if subject.evidence == Evidence::Package => check::Subject::Trial(&subject.name),
            _ => check::Subject::Package(&subject.name),
        };
        section.catalogue = Some(catalogue_fingerprint(catalogue, about));
        section.run = run.clone();
        let place = if subject.package.is_some() { &mut made.package } else { &mut made.kernel };
        place.insert(subject.name.clone(), section);
    }
    made
}

/// Writes the profile, prints the answer, and says how it went.
pub fn finish(
    args: &Args,
    common: &Common,
    keeping: Option<&Keeping>,
    made: &Profile,
    tuned: &[String],
) -> anyhow::Result<u8> {
    let written = match keeping {
        Some(keeping) => keeping.write(common, made, common.cc.is_some())?,
        None => Profile { digest: profile::digest(made), ..made.clone() },
    };
    match (keeping, common.format) {
        (None, Format::Human | Format::Toml) => output::print(&profile::to_toml(&written)?)?,
        // What was asked for is in the file.
        (Some(_), Format::Json | Format::Toml) if common.output.is_some() => {}
        (Some(_), Format::Toml) => output::print(&profile::to_toml(&written)?)?,
        (_, Format::Json) => output::print(&shown::json(&profile::to_json(&written)?))?,
        (Some(keeping), Format::Human) => {
            let paper = Paper::of_stdout();
            let next = next_steps::after(made, Some(&keeping.path), common.output.is_none());
            let answer = match common.verbose > 0 {
                true => table::verdicts(made, tuned, &paper, true),
                false => tune_screen::screen(made, tuned, &paper, &next),
            };
            output::print(&shown::text(&answer))?
        }
    }
    if !made.complete {
        output::note(
            common,
            "interrupted: what was measured is kept for `--resume`, nothing unconfirmed is written",
        );
        return Ok(exit::INTERRUPTED);
    }
    let open = |s: &Section| matches!(s.verdict, Verdict::Inconclusive | Verdict::LayoutSensitive);
    let undecided = made
        .package
        .iter()
        .filter(|(n, _)| tuned.contains(n))
        .map(|(_, s)| s)
        .chain(made.kernel.values())
        .any(open);
    Ok(if args.strict && undecided { exit::INCONCLUSIVE } else { exit::OK })
}

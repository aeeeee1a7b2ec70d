//! The `probe` command.

use super::common::{Common, Format};
use super::exit;
use super::launchers::Launchers;
use super::output::{self, Stop};
use anstyle::{AnsiColor, Style};
use hwtune::catalogue::{Catalogue, Risk};
use hwtune::host::Detected;
use hwtune::toolchain::{self, Acceptance, Candidate, Compiler, MarchChoice, Status};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Ask the compilers which flags they accept
///
/// Asks the compilers which flags they accept: those of the catalogue, or the ones given after `--`. The policy's
/// refusals and the compiler's messages are kept.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Flags to ask about instead of the catalogue's; quote words that belong together
    #[arg(value_name = "FLAG", last = true)]
    flags: Vec<String>,
    /// Flags that stand before each, as in the package's build
    #[arg(long, value_name = "FLAGS", default_value = "-O2 -fPIC", allow_hyphen_values = true)]
    base: String,
    /// Ask every compiler that is installed, not the first alone; JSON is then a list
    #[arg(long, conflicts_with = "cc")]
    all: bool,
    /// Ask the compilers again instead of remembering what they said
    #[arg(long)]
    no_cache: bool,
}

/// One compiler's answers.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "hwtune probe", deny_unknown_fields)]
struct Report<'a> {
    /// Who was asked.
    compiler: Identity<'a>,
    /// What it said, in the order of the question.
    flags: Vec<Acceptance>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Identity<'a> {
    /// `gcc` or `clang`.
    compiler: &'static str,
    /// Full version.
    version: &'a str,
    /// Target triple as the compiler prints it.
    target: &'a str,
    /// The command as it was run.
    path: String,
    /// SHA-256 of the compiler's executable, hexadecimal.
    sha256: &'a str,
    /// Best accepted `-march`, without the option; empty where there is none.
    march: String,
    /// Best accepted `-mtune`, without the option; empty where there is none.
    mtune: String,
}

/// JSON Schema of the document; with --all it is a list of such.
pub fn schema() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Report>()
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    if common.format == Format::Toml {
        return Err(Stop::usage("probe: no --format toml; give json or human").into());
    }
    toolchain::use_cache(!args.no_cache);
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let survey = toolchain::survey(common.cc.as_deref())?;
    survey.notes.iter().for_each(|line| output::note(common, line));
    let host =
        hwtune::host::live().map_err(|e| output::note(common, &format!("-march is left out: {e}"))).ok();
    let launchers = Launchers::new(common);
    let asked = if args.all { &survey.compilers[..] } else { &survey.compilers[..1] };
    let reports: Vec<Report> = asked
        .iter()
        .map(|compiler| report(args, (common, &launchers), &catalogue, host.as_ref(), compiler))
        .collect::<Result<_, _>>()?;
    let text = match common.format {
        Format::Json if args.all => serde_json::to_string_pretty(&reports)? + "\n",
        Format::Json => serde_json::to_string_pretty(&reports[0])? + "\n",
        _ => reports.iter().map(table).collect(),
    };
    output::screenful(common, &text)?;
    Ok(exit::OK)
}

fn report<'a>(
    args: &Args,
    (common, launchers): (&Common, &Launchers),
    catalogue: &Catalogue,
    host: Option<&Detected>,
    compiler: &'a Compiler,
) -> anyhow::Result<Report<'a>> {
    let said = host.map(|host| toolchain::decide(host, compiler, true));
    let choice =
        said.and_then(|c| c.map_err(|e| output::note(common, &format!("-march is left out: {e}"))).ok());
    let candidates = candidates(args, catalogue, compiler, choice.as_ref());
    let base: Vec<String> = args.base.split_whitespace().map(String::from).collect();
    launchers.of(compiler);
    let flags = toolchain::accept(compiler, &base, &candidates)?;
    let choice = choice.unwrap_or_default();
    Ok(Report {
        compiler: Identity {
            compiler: compiler.family.name(),
            version: &compiler.version,
            target: &compiler.target,
            path: compiler.path.display().to_string(),
            sha256: compiler.sha256(),
            march: choice.march,
            mtune: choice.mtune,
        },
        flags,
    })
}

fn candidates(
    args: &Args,
    catalogue: &Catalogue,
    compiler: &Compiler,
    choice: Option<&MarchChoice>,
) -> Vec<Candidate> {
    let dialect = compiler.family.name();
    let rows = || catalogue.flags.iter().filter(|row| row.compilers.iter().any(|c| c == dialect));
    if args.flags.is_empty() {
        return rows().map(|row| Candidate::of(row, choice)).collect();
    }
    let asked = args.flags.iter().map(|flag| {
        if let Some(row) = rows().find(|row| row.name == *flag) {
            return Candidate::of(row, choice);
        }
        let mut candidate = Candidate::bare(flag);
        let risk = catalogue.risk(flag).filter(|(risk, _)| !matches!(risk, Risk::None | Risk::Size));
        candidate.refused =
            candidate.refused.or(risk.map(|(risk, why)| format!("risk {}: {why}", risk.name())));
        candidate
    });
    asked.collect()
}

fn table(report: &Report) -> String {
    let Report { compiler, flags } = report;
    let mut text = String::new();
    let bold = Style::new().bold();
    let _ = writeln!(
        text,
        "{bold}{} {}{bold:#}  {}  {}",
        compiler.compiler, compiler.version, compiler.target, compiler.path
    );
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    let width = flags.iter().map(|f| f.flag.len().min(48)).max().unwrap_or(0);
    for answer in flags {
        *counts.entry(answer.status).or_default() += 1;
        let style = colour(answer.status);
        let line = format!(
            "  {style}{:<8}{style:#}  {:<width$}  {}",
            name(answer.status),
            answer.flag,
            answer.message
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let counts: Vec<String> = counts.iter().map(|(status, n)| format!("{n} {}", name(*status))).collect();
    let _ = writeln!(text, "{}", counts.join(", "));
    text
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Accepted => "accepted",
        Status::Warned => "warned",
        Status::Ignored => "ignored",
        Status::Rejected => "rejected",
        Status::Refused => "refused",
    }
}

fn colour(status: Status) -> Style {
    let of = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
    match status {
        Status::Accepted => of(AnsiColor::Green),
        Status::Warned => of(AnsiColor::Yellow),
        Status::Rejected | Status::Refused => of(AnsiColor::Red),
        Status::Ignored => Style::new(),
    }
}

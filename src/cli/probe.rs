//! The `probe` command.

use super::common::Common;
use super::launchers::Launchers;
use super::output;
use super::terminal::Paper;
use super::{exit, forms, probe_table};
use hwtune::catalogue::{Catalogue, Risk};
use hwtune::host::Detected;
use hwtune::toolchain::{self, Acceptance, Candidate, Compiler, MarchChoice};
use schemars::JsonSchema;
use serde::Serialize;

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
pub(super) struct Report<'a> {
    /// Who was asked.
    pub(super) compiler: Identity<'a>,
    /// What it said, in the order of the question.
    pub(super) flags: Vec<Acceptance>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Identity<'a> {
    /// `gcc` or `clang`.
    pub(super) compiler: &'static str,
    /// Full version.
    pub(super) version: &'a str,
    /// Target triple as the compiler prints it.
    pub(super) target: &'a str,
    /// The command as it was run.
    pub(super) path: String,
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
    let human = || probe_table::tables(&reports, &Paper::of(common), common.verbose > 0);
    let text = match args.all {
        true => forms::document(common, &reports, "compiler", human)?,
        false => forms::document(common, &reports[0], "compiler", human)?,
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
    base.iter().for_each(|word| super::named::readable(word));
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

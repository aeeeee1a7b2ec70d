//! The `probe` command.

use super::common::Common;
use super::launchers::Launchers;
use super::output;
use super::terminal::Paper;
use super::{exit, forms, probe_table};
use hwtune::catalogue::{Catalogue, Risk};
use hwtune::host::Detected;
use hwtune::toolchain::{self, Answers, Candidate, Compiler, MarchChoice};

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
    let reports: Vec<Answers> = asked
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
) -> anyhow::Result<Answers<'a>> {
    let said = host.map(|host| toolchain::decide(host, compiler, true));
    let choice =
        said.and_then(|c| c.map_err(|e| output::note(common, &format!("-march is left out: {e}"))).ok());
    let candidates = candidates(args, catalogue, compiler, choice.as_ref());
    let base: Vec<String> = args.base.split_whitespace().map(String::from).collect();
    base.iter().for_each(|word| super::named::readable(word));
    launchers.of(compiler);
    let flags = toolchain::accept(compiler, &base, &candidates)?;
    Ok(Answers::new(compiler, choice.unwrap_or_default(), flags))
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

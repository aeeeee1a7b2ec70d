//! This module asks the compilers of this host, for a run that measures with one of them.

use super::common::Common;
use super::output;
use anyhow::Context;
use hwtune::check;
use hwtune::host::Detected;
use hwtune::profile::{self, Reasons};
use hwtune::toolchain::{self, Candidate, Compiler, MarchChoice, Status};
use hwtune::tune::Subject;

/// Takes from a package's base what this compiler does not know, as nixpkgs does with hardening flags that its
/// compiler lacks, and says so.
pub fn fit(common: &Common, compiler: &Compiler, subject: &mut Subject) -> anyhow::Result<()> {
    let option = |word: &&String| !word.starts_with("-D");
    let asked: Vec<Candidate> =
        subject.base.compile.iter().filter(option).map(|w| Candidate::bare(w)).collect();
    let answers = toolchain::accept(compiler, &[], &asked)?;
    let unknown: Vec<String> =
        answers.into_iter().filter(|a| a.status == Status::Rejected).map(|a| a.flag).collect();
    if !unknown.is_empty() {
        subject.base.compile.retain(|word| !unknown.contains(word));
        let (name, list) = (&subject.name, unknown.join(" "));
        output::note(
            common,
            &format!("{name}: {} does not know {list}: left out of the base", compiler.id()),
        );
    }
    Ok(())
}

/// Every compiler's decision, the one that measures (the first that has one), and the reasons.
pub fn choices<'a>(
    common: &Common,
    detected: &Detected,
    compilers: &'a [Compiler],
) -> anyhow::Result<(&'a Compiler, MarchChoice, Vec<profile::Toolchain>, Reasons)> {
    let mut first = None;
    let mut toolchains = Vec::new();
    let mut reasons = Reasons { host: detected.reasons.clone(), toolchain: Default::default() };
    for (compiler, decided) in compilers.iter().zip(toolchain::decide_all(detected, compilers, true)) {
        match decided {
            Ok(choice) => {
                reasons.toolchain.insert(compiler.id(), choice.reasons.clone());
                toolchains.push(check::entry(compiler, &choice));
                first = first.or(Some((compiler, choice)));
            }
            Err(error) if compilers.len() > 1 => output::note(common, &format!("left out: {error}")),
            Err(error) => return Err(error.into()),
        }
    }
    let (compiler, choice) = first.context("no compiler has an answer for this host; name one with --cc")?;
    toolchain::plain(compiler)?;
    Ok((compiler, choice, toolchains, reasons))
}

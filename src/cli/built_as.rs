//! `tune --nixpkgs RELEASE`: packages are built and timed as that release builds them.

use super::common::Common;
use super::output::{self, Stop};
use hwtune::catalogue::has_flag;
use hwtune::profile::Section;
use hwtune::render::{Release, line, nixpkgs};
use hwtune::toolchain::Compiler;
use hwtune::tune::Subject;

/// The release of a name, where one was named.
pub fn release(name: Option<&str>) -> anyhow::Result<Option<&'static Release>> {
    let Some(name) = name else { return Ok(None) };
    let known = || {
        let (name, names) = (line(name), nixpkgs().names());
        Stop::usage(format!("--nixpkgs {name}: no such release here; one of: {names}"))
    };
    Ok(Some(nixpkgs().find(name).ok_or_else(known)?))
}

/// Puts what the release's compiler wrapper puts first before the base of every package, and says so.
pub fn prepend(
    common: &Common,
    release: &Release,
    (compiler, arch): (&Compiler, &str),
    subjects: &mut [Subject],
) -> anyhow::Result<()> {
    let name = &release.name;
    let mut first = release.base.clone();
    first.retain(|flag| has_flag(arch, flag).unwrap_or(true));
    let mut packages = subjects.iter_mut().filter(|s| s.package.is_some()).peekable();
    if packages.peek().is_none() {
        let what = format!("--nixpkgs {name}: it builds packages; what a kernel is built with is --base");
        return Err(Stop::usage(what).into());
    }
    for subject in packages {
        subject.base.compile.splice(0..0, first.iter().cloned());
    }
    let flags = if first.is_empty() { "nothing more".to_string() } else { first.join(" ") };
    let mut said = format!("packages are built as nixpkgs {name} builds them, with {flags} first");
    if compiler.id().split('.').next() != Some(&format!("gcc-{}", release.gcc)) {
        said += &format!(
            "; but by {}, and not by that release's gcc {}, which --cc can name",
            compiler.id(),
            release.gcc
        );
    }
    output::note(common, &said);
    Ok(())
}

/// Records in the sections of packages which release they were built as.
pub fn record(release: &Release, subjects: &[Subject], sections: &mut [Section]) {
    let packages = subjects.iter().zip(sections).filter(|(subject, _)| subject.package.is_some());
    packages.for_each(|(_, section)| section.nixpkgs.clone_from(&release.name));
}

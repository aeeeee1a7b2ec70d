//! This module chooses the names of an Arm CPU for each compiler.

use super::table::{Core, Midr, Table, release};

/// The name of a machine: GCC's `-mcpu`, and the row that the other names are of.
pub(super) struct Choice<'t> {
    pub name: String,
    pub rust: String,
    pub core: Option<&'t Core>,
}

impl<'t> Choice<'t> {
    fn of(core: &'t Core) -> Self {
        Choice { name: core.name.clone(), rust: core.rust.clone(), core: Some(core) }
    }

    /// Names that rustc may be given, best first.
    pub fn rust_names(&self, table: &'t Table) -> impl Iterator<Item = &str> {
        let ancestors = self.core.map(|core| table.ancestors(core)).unwrap_or_default();
        std::iter::once(self.rust.as_str()).chain(ancestors.into_iter().map(|core| core.rust.as_str()))
    }

    fn generic() -> Self {
        Choice { name: "generic".into(), rust: "generic".into(), core: None }
    }
}

/// One kind of core is its own name; two may have a name together; of more, and of others, the least decides: what runs
/// on it runs on all.
pub(super) fn choose<'t>(table: &'t Table, seen: &[Midr], reasons: &mut Vec<String>) -> Choice<'t> {
    let rows: Option<Vec<&Core>> = seen.iter().map(|midr| table.find(midr)).collect();
    let Some(known) = rows.filter(|k| !k.is_empty()) else {
        reasons
            .push("an unknown kind of core is among them: generic, with the features that all have".into());
        return Choice::generic();
    };
    for (midr, core) in seen.iter().zip(&known).filter(|(midr, core)| midr.implementer != core.implementer) {
        let why = table.shares(midr.implementer).map_or("", |s| s.why.as_str());
        reasons.push(format!(
            "implementer {:#x} part {:#x} is read as {:#x}'s: {why}",
            midr.implementer, midr.part, core.implementer
        ));
    }
    let mut kinds: Vec<&Core> = Vec::new();
    known.into_iter().for_each(|c| match kinds.iter().any(|k| k.name == c.name) {
        true => {}
        false => kinds.push(c),
    });
    kinds.sort_by_key(|c| (release(&c.arch), !c.little));
    let all: Vec<&str> = kinds.iter().map(|c| c.name.as_str()).collect();
    let least = kinds[0];
    match kinds[..] {
        [only] => {
            let Midr { implementer, part, .. } = seen[0];
            reasons.push(format!("implementer {implementer:#x} part {part:#x} is {}", only.name));
            Choice::of(only)
        }
        [a, b] => {
            let both = |big: &str, little: &str| {
                (big == a.name && little == b.name) || (big == b.name && little == a.name)
            };
            if let Some(pair) = table.pair.iter().find(|p| both(&p.big, &p.little)) {
                reasons.push(format!("two kinds of core with one name in GCC: {}", pair.name));
                let rust = pair.rust.clone().unwrap_or_else(|| a.rust.clone());
                return Choice { name: pair.name.clone(), rust, core: Some(a) };
            }
            let both = all.join(" and ");
            reasons.push(format!("{both} have no name together; the least of them is {}", least.name));
            Choice::of(least)
        }
        _ => {
            reasons.push(format!(
                "{} kinds of core ({}): GCC's own detection drops the option; the least of them is {}",
                kinds.len(),
                all.join(", "),
                least.name
            ));
            Choice::of(least)
        }
    }
}

/// Of one block for several CPUs, the name that does not hang on which of them it was read on.
pub(super) fn settle<'t>(
    table: &'t Table,
    hardware: &str,
    cpus: usize,
    choice: Choice<'t>,
    reasons: &mut Vec<String>,
) -> Choice<'t> {
    reasons.push(format!("one block for {cpus} CPUs: the kernel tells the kind of the one it was read on"));
    let Some(row) = table.ambiguous.iter().find(|a| hardware.ends_with(&a.hardware)) else { return choice };
    let Some(core) = table.named(&row.name) else { return choice };
    reasons.push(format!("{}: {}; the least of them is {}", row.hardware, row.why, row.name));
    Choice::of(core)
}

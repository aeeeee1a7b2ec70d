//! This module finds the microarchitecture of a CPU, with the reason.

use super::identity::{Identity, vendor};
use crate::catalogue::{Features, Microarchitecture, Microarchitectures, Part, Row};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The row that names a CPU, and why.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// The row.
    pub row: &'a Microarchitecture,
    /// The part of the row, where vendor, family and model decided.
    pub part: Option<&'a Part>,
    /// Rule by rule.
    pub reasons: Vec<String>,
}

/// Names a CPU: by vendor, family, model and stepping; where no part of the table has those, by what it offers. A missing
/// feature never changes the answer of the first rule. `bits` holds the features and `cmov` and `cx8`.
pub fn name<'a>(
    table: &'a Microarchitectures,
    id: &Identity,
    offered: &BTreeSet<&str>,
    signature: &str,
) -> Option<Named<'a>> {
    let mut reasons = Vec::new();
    let shown = format!("family {} model {:#x} stepping {}", id.family, id.model, id.stepping);
    let made_up = table.emulated.iter().find(|e| id.brand.starts_with(e.as_str()) || signature == e.as_str());
    let vendor = match made_up {
        Some(what) => {
            reasons.push(format!(
                "{what:?} is an emulated CPU: its model says nothing of what instructions cost"
            ));
            None
        }
        None => vendor(table, id),
    };
    if let Some(vendor) = &vendor {
        reasons.extend(vendor.reason.clone());
        if let Some((row, part)) = table.part(&vendor.name, id.signature(), id.long_mode) {
            let called =
                if part.codename.is_empty() { String::new() } else { format!(" ({})", part.codename) };
            reasons.push(format!("{} {shown} is {}{called}", vendor.name.trim(), row.name));
            if !row.why.is_empty() {
                reasons.push(format!("{}: {}", row.name, row.why));
            }
            return Some(Named { row, part: Some(part), reasons });
        }
    }
    let (row, how) = match id.long_mode {
        true => (
            nearest(table, vendor.as_ref().map(|v| v.name.as_str()), id.family, offered)?,
            "all of whose features are there",
        ),
        false => (fall_back(table, offered)?, "32-bit, by its features in GCC's order"),
    };
    let who = match &vendor {
        Some(vendor) => format!("{} {shown} is not a model of the table", vendor.name.trim()),
        None => {
            format!("vendor {:?}, {shown}: not a vendor with a name in GCC", super::text::clean(&id.vendor))
        }
    };
    reasons.push(format!("{who}; the nearest safe name is {} ({how})", row.name));
    Some(Named { row, part: None, reasons })
}

/// Of the vendor's rows that have models of the family, the one that fits best; where none does, of those of earlier families
/// too: a new family goes on where another ended, and Intel's families 6, 18 and 19 are one line.
fn nearest<'a>(
    table: &'a Microarchitectures,
    vendor: Option<&str>,
    family: u32,
    offered: &BTreeSet<&str>,
) -> Option<&'a Microarchitecture> {
    let levels: Vec<&Row> = table.rows.iter().filter(|r| r.is_level).collect();
    let of_vendor = |row: &&Row| row.bits == 64 && row.vendors.iter().any(|v| Some(v.as_str()) == vendor);
    let of = |ours: &dyn Fn(u32) -> bool| -> Option<&'a Row> {
        let kin = |row: &&Row| row.parts.iter().any(|p| ours(p.family));
        elect(&levels, table.rows.iter().filter(of_vendor).filter(kin), offered)
    };
    let own = of(&|f| f == family).filter(|row| !row.is_level);
    // No 64-bit CPU is called less.
    own.or_else(|| of(&|f| f <= family)).map(|row| &**row).or_else(|| table.get("x86-64"))
}

/// Of the rows, oldest first, and the psABI levels, those of which the CPU offers all features that change code: the one of
/// the highest level, then with most features, then with most of the others there and fewest not.
fn elect<'a>(
    levels: &[&'a Row],
    rows: impl Iterator<Item = &'a Row>,
    offered: &BTreeSet<&str>,
) -> Option<&'a Row> {
    let mut best = None;
    for row in rows.chain(levels.iter().copied()) {
        let own: BTreeSet<String> = row.features.iter().cloned().collect();
        let there = |f: &&String| offered.contains(f.as_str());
        let (inert, needed): (Vec<&String>, Vec<&String>) =
            row.features.iter().partition(|f| Features::get().is_inert(f, &own));
        let rank = levels.iter().filter(|l| l.features.iter().all(|f| own.contains(f))).count();
        let worth = (rank, needed.len(), inert.iter().filter(|f| there(f)).count(), Reverse(inert.len()));
        if needed.iter().all(there) && best.as_ref().is_none_or(|(most, _)| worth > *most) {
            best = Some((worth, row));
        }
    }
    best.map(|(_, row)| row)
}

fn fall_back<'a>(table: &'a Microarchitectures, offered: &BTreeSet<&str>) -> Option<&'a Microarchitecture> {
    let fits = table.fallbacks.iter().find(|f| f.needs.iter().all(|n| offered.contains(n.as_str())))?;
    table.get(&fits.name)
}

/// What the row has and the host does not offer, sorted. Long mode's own instructions are not missed where it is missing.
pub fn masked(row: &Microarchitecture, id: &Identity, offered: &BTreeSet<&str>) -> Vec<String> {
    let missed = |f: &&String| !offered.contains(f.as_str()) && (id.long_mode || !Features::get().is_wide(f));
    row.features.iter().filter(missed).cloned().collect()
}

/// The psABI level: the highest whose features are all there; `None` for a CPU without the 64-bit mode.
pub fn level(table: &Microarchitectures, id: &Identity, offered: &BTreeSet<&str>) -> Option<String> {
    let base = id.long_mode && offered.contains("cmov") && offered.contains("cx8");
    let fits = |row: &&Row| row.is_level && row.features.iter().all(|f| offered.contains(f.as_str()));
    base.then(|| table.rows.iter().filter(fits).max_by_key(|row| row.features.len()))?
        .map(|row| row.name.clone())
}

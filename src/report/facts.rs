//! This module describes a host and its measurement for people.

use super::escape::{interval, signed};
use super::rows::Row;
use super::time::{in_seconds, seconds, stages};
use super::view::{Fact, Method};
use crate::profile::{Measurement, Profile};

/// What a host is, without what is empty.
pub fn facts(profile: &Profile) -> Vec<Fact> {
    let (host, system, names) = (&profile.host, &profile.system, &profile.names);
    let caches: Vec<String> =
        host.caches.iter().map(|c| format!("L{} {} {} KiB", c.level, c.kind, c.kib)).collect();
    let kinds: Vec<String> = host.core_kinds.iter().map(|k| format!("{} {}", k.cpus, k.kind)).collect();
    let all = names.each();
    let called: Vec<String> =
        all.iter().filter(|(_, name)| !name.is_empty()).map(|(who, name)| format!("{who} {name}")).collect();
    let stepping = format!("family {}, model {}, stepping {}", host.family, host.model, host.stepping);
    [
        ("CPU", host.cpu.clone()),
        ("Vendor", format!("{}, {stepping}", host.vendor)),
        ("Microarchitecture", host.microarchitecture.clone()),
        ("Level", host.level.clone().unwrap_or_default()),
        ("Hypervisor", system.hypervisor.clone()),
        ("Cores, threads", format!("{}, {}", host.cores, host.threads)),
        ("Kinds of core", kinds.join(", ")),
        ("Caches", caches.join(", ")),
        ("Memory", format!("{} MiB", system.memory_mib)),
        ("Microcode", system.microcode.clone()),
        ("Governor", system.governor.clone()),
        ("Kernel", system.kernel.clone()),
        ("Called", called.join(", ")),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(key, value)| (key.to_string(), value))
    .collect()
}

/// How the figures of a profile were obtained.
pub fn method(m: &Measurement) -> Method {
    let spent = &m.spent_s;
    // Of what is shown: the stages beside it add up to this sum.
    let stages = stages(spent);
    let total = seconds(spent.accept + spent.identity + spent.screen + spent.search + spent.confirm);
    let facts = [
        ("Method", m.method.clone()),
        (
            "Intervals of a group of confirmed rows hold together at",
            format!("{:.0} %", 100.0 * (1.0 - m.alpha)),
        ),
        ("Equivalent within", format!("\u{b1}{}", m.margin)),
        ("A kernel may lose", m.max_regression.to_string()),
        ("Spread between layouts (sd)", format!("{:.2}", m.noise.layout_sd)),
        ("Pairs with a preemption", format!("{:.1} %", 100.0 * m.noise.preempted)),
        (
            "Control, a build against itself",
            match m.aa.measured() {
                true => {
                    format!("{} {}, {}", signed(m.aa.effect), interval(m.aa.low, m.aa.high), m.aa.verdict)
                }
                false => "not measured".into(),
            },
        ),
        ("Seed", m.seed.to_string()),
    ];
    let control = Row::bare("the base against itself".into(), m.aa.verdict);
    Method {
        facts: facts.into_iter().map(|(k, v)| (k.to_string(), v)).collect(),
        control: control.with_figures(Some(m.aa.effect), Some(m.aa.low), Some(m.aa.high)),
        margin: m.margin,
        total,
        spent: stages
            .iter()
            .zip(in_seconds(&stages.map(|stage| stage.2)))
            .map(|((name, what, _), shown)| [(*name).into(), (*what).into(), shown])
            .collect(),
    }
}

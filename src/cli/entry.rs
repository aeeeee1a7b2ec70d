//! An entry is one thing that hwtune knows; `explain` shows one entry and `list` shows many.

use super::{exit, facts};
use clap::ValueEnum;
use hwtune::catalogue::{Catalogue, CompilerTable, Role, microarchitectures};
use hwtune::profile::Verdict;
use hwtune::render;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a name can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Rows of the catalogue of flags
    #[value(name = "flags", alias = "flag")]
    Flag,
    /// C kernels that stand for a package's code
    #[value(name = "kernels", alias = "kernel")]
    Kernel,
    /// Packages, with how they are built
    #[value(name = "packages", alias = "package")]
    Package,
    /// Microarchitectures, by GCC's names
    #[value(name = "microarchitectures", alias = "microarchitecture")]
    Microarchitecture,
    /// Targets of `render`
    #[value(name = "consumers", alias = "consumer")]
    Consumer,
    /// Compiler releases there are tables for
    #[value(name = "compilers", alias = "compiler")]
    Compiler,
    /// What is said of a flag or a set
    #[value(name = "verdicts", alias = "verdict")]
    Verdict,
    /// What the exit status means
    #[value(name = "exit-codes", alias = "exit-code")]
    ExitCode,
}

impl Kind {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Flag => "flag",
            Kind::Kernel => "kernel",
            Kind::Package => "package",
            Kind::Microarchitecture => "microarchitecture",
            Kind::Consumer => "consumer",
            Kind::Compiler => "compiler",
            Kind::Verdict => "verdict",
            Kind::ExitCode => "exit code",
        }
    }
}

/// One thing that has a name.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// A few words.
    pub title: String,
    /// Further facts by key.
    pub facts: BTreeMap<&'static str, Vec<String>>,
    /// Why the tables say so.
    pub why: String,
    /// Where that is written.
    pub source: String,
}

impl Entry {
    fn new(kind: Kind, name: impl ToString, title: impl ToString) -> Entry {
        let (name, title) = (name.to_string(), title.to_string());
        Entry { kind, name, title, facts: BTreeMap::new(), why: String::new(), source: String::new() }
    }

    /// Adds a fact unless it is empty.
    pub fn fact(mut self, key: &'static str, values: impl IntoIterator<Item = impl ToString>) -> Entry {
        let values: Vec<String> =
            values.into_iter().map(|v| v.to_string()).filter(|v| !v.is_empty()).collect();
        if !values.is_empty() {
            self.facts.insert(key, values);
        }
        self
    }

    fn because(mut self, why: &str, source: &str) -> Entry {
        (self.why, self.source) = (why.into(), source.into());
        self
    }
}

/// All entries of a kind, in the order of their table.
pub fn all(kind: Kind, catalogue: &Catalogue) -> anyhow::Result<Vec<Entry>> {
    Ok(match kind {
        Kind::Flag => flags(catalogue),
        Kind::Kernel => kernels(catalogue),
        Kind::Package => packages(catalogue),
        Kind::Microarchitecture => cpus()?,
        Kind::Consumer => consumers()?,
        Kind::Compiler => compilers()?,
        Kind::Verdict => Verdict::ALL.into_iter().map(verdict).collect(),
        Kind::ExitCode => exit::CODES.iter().map(exit_code).collect(),
    })
}

fn flags(catalogue: &Catalogue) -> Vec<Entry> {
    let row = |f: &hwtune::catalogue::Flag| {
        let tried = if f.risk.candidate() { "tried" } else { "refused" };
        Entry::new(Kind::Flag, &f.name, format!("{tried}; {}", f.why))
            .fact("risk", [f.risk.name()])
            .fact("acts in", [facts::kind(f.kind)])
            .fact("compilers", &f.compilers)
            .fact("needs", &f.needs)
            .fact("conflicts with", &f.conflicts)
            .fact("packages", facts::policies(catalogue, &f.name))
            .because(&f.why, &f.source)
    };
    catalogue.flags.iter().map(row).collect()
}

/// A flag that has no row of its own: by the rule for its family. `None` where no rule fits either.
pub fn flag_by_rule(catalogue: &Catalogue, name: &str) -> Option<Entry> {
    let (risk, why) = catalogue.risk(name)?;
    let tried = if risk.candidate() { "may be tried" } else { "refused" };
    let source = Catalogue::family(name).map(|r| r.source.as_str()).unwrap_or_default();
    let values = catalogue.values.iter().filter(|v| name.starts_with(&v.option));
    let entry =
        Entry::new(Kind::Flag, name, format!("{tried}; no row of its own, by the rule for its family"))
            .fact("risk", [risk.name()])
            .fact("values tried", values.flat_map(|v| v.values.clone()))
            .fact("packages", facts::policies(catalogue, name));
    Some(entry.because(why, source))
}

fn kernels(catalogue: &Catalogue) -> Vec<Entry> {
    let row = |k: &hwtune::catalogue::Kernel| {
        let package = k.package.as_ref().and_then(|p| catalogue.packages.get(p));
        let short = k.name.rsplit('/').next().unwrap_or_default();
        let weight = package.and_then(|p| p.kernels.get(short));
        let percent = package.and_then(|p| p.percent(short));
        let share = weight
            .zip(percent)
            .map(|(w, percent)| format!("{percent} % of the package's time: {}", w.source));
        let role = (k.role == Role::NegativeControl)
            .then_some("negative control: flags cannot move it, and a verdict that they do is noise");
        Entry::new(Kind::Kernel, &k.name, &k.title)
            .fact("package", &k.package)
            .fact("share", share)
            .fact("role", role)
            .fact("domain", [&k.domain])
            .fact("contraction", [&k.contraction])
            .fact("bounds", k.bounds.iter().map(|b| format!("{} {} ulp", b.name, b.ulp)))
            .fact("data sets", &k.datasets)
            .fact("files", k.units.iter().chain(&k.setup).chain(&k.headers).map(|u| &u.file))
            .because(&k.stands_for, &k.source)
    };
    catalogue.kernels.iter().map(row).collect()
}

fn packages(catalogue: &Catalogue) -> Vec<Entry> {
    let row = |(name, p): (&String, &hwtune::catalogue::Package)| {
        let rules = |rules: &[hwtune::catalogue::FlagRule]| -> Vec<String> {
            rules.iter().map(|r| format!("{}: {}", r.flag, r.why)).collect()
        };
        let floor = p.compiler_floor.iter().map(|(release, gcc)| format!("gcc {gcc} in nixpkgs {release}"));
        let weighed = p.kernels.iter().map(|(k, w)| format!("{k} {:.0} %", 100.0 * w.weight));
        let trial = catalogue.trials.get(name);
        let operations = trial.iter().flat_map(|t| &t.operation).map(|o| match o.control {
            true => format!("{} (control)", o.name),
            false => format!("{} {:.0} %", o.name, 100.0 * o.weight),
        });
        let from_source = trial.filter(|t| t.build.is_some()).map(|t| {
            let known = t.version.as_ref().map(|v| format!(", {} {} or newer", name, v.from));
            format!("hwtune tune --source {name}=DIR{}: {}", known.unwrap_or_default(), t.why)
        });
        let built = trial
            .filter(|t| !t.library.is_empty())
            .map(|t| format!("hwtune compare --package {name}: {}", t.library.join(", ")));
        Entry::new(Kind::Package, name, &p.title)
            .fact("operations", operations)
            .fact("from source", from_source)
            .fact("built libraries", built)
            .fact("layer", [facts::layer(p.layer)])
            .fact("base", [p.base.join(" ")])
            .fact("link", [p.link.join(" ")])
            .fact("kernels", weighed)
            .fact("allowed", rules(&p.allowed))
            .fact("on request", rules(&p.opt_in))
            .fact("refused", rules(&p.refused))
            .fact("compiled first by", floor)
            .because(&p.why, &p.source)
    };
    catalogue.packages.iter().map(row).collect()
}

fn cpus() -> anyhow::Result<Vec<Entry>> {
    let table = microarchitectures().map_err(|e| anyhow::anyhow!("{e}"))?;
    let row = |r: &hwtune::catalogue::Microarchitecture| {
        let codenames: Vec<&str> =
            r.parts.iter().map(|p| p.codename.as_str()).filter(|c| !c.is_empty()).collect();
        let codenames = codenames.join(", ");
        let title = match (r.vendors.is_empty(), codenames.is_empty()) {
            (true, _) => "a level of the x86-64 psABI".to_string(),
            (false, true) => r.vendors.join(", "),
            (false, false) => codenames,
        };
        let versions = [("gcc", &r.first.gcc, &r.last.gcc), ("clang", &r.first.clang, &r.last.clang)];
        let known = versions.iter().filter_map(|(name, first, last)| {
            let until = last.as_ref().map(|l| format!(" to {l}")).unwrap_or_default();
            first.as_ref().map(|f| format!("{name} {f}{until}"))
        });
        let names = [("rust", &r.rust), ("archspec", &r.archspec), ("nixpkgs", &r.nixpkgs)];
        Entry::new(Kind::Microarchitecture, &r.name, title)
            .fact("vendors", &r.vendors)
            .fact(
                "families",
                r.parts.iter().map(|p| format!("{:#x}", p.family)).collect::<std::collections::BTreeSet<_>>(),
            )
            .fact("known to", known)
            .fact("names", names.iter().filter(|(_, n)| !n.is_empty()).map(|(k, n)| format!("{k} {n}")))
            .fact("older compilers", [r.lineage.join(" ")])
            .fact("features", [r.features.join(" ")])
            .fact("never given", [r.hides.join(" ")])
            .because(&r.why, &r.source)
    };
    Ok(table.rows.iter().map(|r| row(r)).collect())
}

fn consumers() -> anyhow::Result<Vec<Entry>> {
    let row = |t: render::Target| {
        let f = t.front;
        let scope = match (f.any_profile, f.host) {
            (true, _) => "nothing of a profile",
            (_, true) => "the host's architecture options",
            (_, false) => "the packages' flags",
        };
        let bootstrap = f.bootstrap.then_some("the compilers of nixpkgs' bootstrap see the flags");
        Entry::new(Kind::Consumer, &t.name, &f.title)
            .fact("file", [&f.file])
            .fact("takes", [scope])
            .fact("needs of the profile", &f.needs)
            .fact("packages", &f.packages)
            .fact("off until enabled", &f.off)
            .fact("never touches", &f.never)
            .fact("bootstrap", bootstrap)
            .fact("write it with", [format!("hwtune render {}", t.name)])
            .because(&f.never_why, &format!("the template {}.j2", t.name))
    };
    Ok(render::targets(None)?.into_iter().map(row).collect())
}

fn compilers() -> anyhow::Result<Vec<Entry>> {
    let row = |name: String| {
        let table = CompilerTable::load(&name).map_err(|e| anyhow::anyhow!("{e}"))?;
        let count = |text: &str| text.split_whitespace().count();
        let title = format!("releases from {}, by asking {}", table.from, table.version);
        Ok(Entry::new(Kind::Compiler, &name, title)
            .fact(
                if name.contains('/') { "names for -mcpu" } else { "names for -march" },
                [table.march.len()],
            )
            .fact("features with an option", [count(&table.known)])
            .because("", &table.source))
    };
    CompilerTable::names().into_iter().chain(CompilerTable::names_for("aarch64")).map(row).collect()
}

fn verdict(verdict: Verdict) -> Entry {
    let (title, then) = facts::verdict(verdict);
    Entry::new(Kind::Verdict, verdict.name(), title).because(then, "")
}

fn exit_code((code, what, remedy): &(u8, &str, &str)) -> Entry {
    Entry::new(Kind::ExitCode, code, what).because(remedy, "")
}

//! A kernel is one or more C sources with what their front matter states.

use super::error_bound::ErrorBound;
use super::flag::CodeKind;
use serde::{Deserialize, Serialize};

/// A C source text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// File name, `longest_match.c`.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// What a kernel is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Stands for code of its package.
    #[default]
    Kernel,
    /// Cannot be moved by flags and must never read helps or harms.
    NegativeControl,
}

/// How the code that a kernel stands for is linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linkage {
    /// Into a shared library: what other units define is reached through a table.
    #[default]
    Library,
    /// Into a program: what other units define is hidden, and reached directly.
    Program,
}

/// A kernel: C code with `probe_setup` and `probe_run`, see `probes/probe.h`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kernel {
    /// `zlib/longest_match`; a user's own kernel has its file's stem.
    pub name: String,
    /// The package it stands for; `None` for a user's own.
    pub package: Option<String>,
    /// A few words for lists.
    pub title: String,
    /// What it is for.
    pub role: Role,
    /// One line: which code it is shaped like.
    pub stands_for: String,
    /// Where that code is.
    pub source: String,
    /// Names of the data sets, in the order of `probe_dataset`; one, named `default`, where the kernel has no
    /// `probe_dataset`.
    pub datasets: Vec<String>,
    /// The kernel's own file first, then further units. The inputs' `support.c` is added when it is built.
    pub units: Vec<Unit>,
    /// Units that only prepare inputs: always built with the base flags, as `support.c` is, so that a flag is not
    /// timed for what it does to them.
    pub setup: Vec<Unit>,
    /// Headers that the units include by name, beside `probe.h`.
    pub headers: Vec<Unit>,
    /// The field of everyday code that it belongs to; empty outside the whole host's portfolio. Kernels of one domain are
    /// judged together.
    pub domain: String,
    /// What the code spends its time in; nothing where nobody said it.
    pub code: Vec<CodeKind>,
    /// How the code it stands for is linked.
    pub linkage: Linkage,
    /// What fused multiply-adds do to its results, or would do to code like it; empty where it computes with integers.
    pub contraction: String,
    /// The functions that it computes whose contract is the size of an error, in the order of `probe_values`; empty where its results
    /// are to be the same bits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<ErrorBound>,
}

impl Kernel {
    /// A kernel of which nothing is said but its name.
    pub fn named(name: &str) -> Kernel {
        Kernel {
            name: name.into(),
            package: None,
            title: String::new(),
            role: Role::default(),
            stands_for: String::new(),
            source: String::new(),
            datasets: vec!["default".into()],
            units: Vec::new(),
            setup: Vec::new(),
            headers: Vec::new(),
            domain: String::new(),
            code: Vec::new(),
            linkage: Linkage::default(),
            contraction: String::new(),
            bounds: Vec::new(),
        }
    }

    /// The same kernel as the `number`-th of a shared object: `probe_run` and the others become `probe_run_0` and so on, by
    /// macros ahead of the text of the units that define them. Line numbers stay.
    pub fn numbered(mut self, number: usize) -> Kernel {
        let names = ["probe_setup", "probe_run", "probe_dataset"];
        let defines = |u: &&mut Unit| names.iter().any(|name| u.text.contains(name));
        for unit in self.units.iter_mut().chain(&mut self.setup).filter(defines) {
            let values = unit.text.contains("probe_values").then_some("probe_values");
            let renamed = names.into_iter().chain(values).map(|n| format!("#define {n} {n}_{number}\n"));
            let renamed: String = renamed.collect();
            unit.text = format!("{renamed}#line 1 \"{}\"\n{}", unit.file, unit.text);
        }
        self
    }
}

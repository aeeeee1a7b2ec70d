//! This module asks what is true on this host now.

use crate::catalogue::{Catalogue, Kernel};
use crate::host::Detected;
use crate::profile::{Profile, Toolchain};
use crate::toolchain::{self, Compiler, MarchChoice, ToolchainError};
use std::path::Path;

/// Which compilers are compared.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// Those that are found.
    Found,
    /// This command alone; toolchains of the other dialect are left out.
    Only(&'a Path),
    /// None.
    Nobody,
}

/// What is so here and now.
#[derive(Clone, Debug)]
pub struct Here {
    /// Host, system and names.
    pub detected: Detected,
    /// Compilers here, and for those that the profile had from tables, what the tables say now. `None` where they were
    /// not asked.
    pub toolchains: Option<Vec<Toolchain>>,
    /// The one dialect that was asked, where it was one.
    pub dialect: Option<String>,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The user's own kernels that are at hand.
    pub kernels: Vec<Kernel>,
    /// Name of the method by which this version measures.
    pub method: String,
}

impl Here {
    /// Asks this machine's compilers. `profile` tells which tables are to be asked. That there is no compiler any more is a
    /// finding and no error; a command given by name must be one.
    pub fn now(
        detected: Detected,
        profile: &Profile,
        asked: Asked,
        (catalogue, kernels): (Catalogue, Vec<Kernel>),
        method: &str,
    ) -> Result<Here, ToolchainError> {
        let compilers = match asked {
            Asked::Nobody => None,
            Asked::Only(cc) => Some(toolchain::installed(Some(cc))?),
            Asked::Found => Some(match toolchain::installed(None) {
                Ok(compilers) => compilers,
                Err(ToolchainError::None { .. }) => Vec::new(),
                Err(error) => return Err(error),
            }),
        };
        let dialect = match asked {
            Asked::Only(_) => compilers.iter().flatten().next().map(|c| c.family.name().to_string()),
            _ => None,
        };
        let toolchains = compilers.map(|compilers| {
            // What the profile says nothing of needs no decision.
            let known = |c: &Compiler| profile.toolchain.iter().any(|t| t.id == c.id());
            let (known, others): (Vec<Compiler>, Vec<Compiler>) = compilers.into_iter().partition(known);
            let decided = toolchain::decide_all(&detected, &known, true);
            // A compiler without an answer is there all the same; its decision is then the empty one.
            let known = known.iter().zip(decided).map(|(c, choice)| entry(c, &choice.unwrap_or_default()));
            let others = others.iter().map(|c| entry(c, &MarchChoice::default()));
            known.chain(others).chain(by_table(profile, &detected)).collect()
        });
        Ok(Here { detected, toolchains, dialect, catalogue, kernels, method: method.into() })
    }
}

/// A compiler and its decision as a profile holds them.
pub fn entry(compiler: &Compiler, choice: &MarchChoice) -> Toolchain {
    Toolchain {
        id: compiler.id(),
        compiler: compiler.family.name().into(),
        version: compiler.version.clone(),
        target: compiler.target.clone(),
        sha256: compiler.sha256().to_string(),
        march: choice.march.clone(),
        mtune: choice.mtune.clone(),
        add: choice.add.clone(),
        drop: choice.drop.clone(),
        inert: choice.inert.clone(),
        verified: choice.verified,
    }
}

/// Whether an entry was made from tables, for a compiler that need not be installed.
pub fn from_table(toolchain: &Toolchain) -> bool {
    !toolchain.verified && toolchain.sha256.is_empty()
}

fn by_table(profile: &Profile, detected: &Detected) -> Vec<Toolchain> {
    let ask = |old: &Toolchain| {
        let spec = format!("{}@{}", old.compiler, old.version);
        let choice = toolchain::decide_for(detected, &spec).ok()?;
        let MarchChoice { march, mtune, add, drop, inert, .. } = choice;
        Some(Toolchain { march, mtune, add, drop, inert, ..old.clone() })
    };
    profile.toolchain.iter().filter(|t| from_table(t)).filter_map(ask).collect()
}

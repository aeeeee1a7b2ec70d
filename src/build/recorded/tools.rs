//! The table of programs that recording stands in for, `probes/recorded.toml`.

use crate::catalogue::embedded;
use serde::Deserialize;

/// What a program of a build does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ToolKind {
    /// Compiles and links.
    Compiler,
    /// Makes static libraries.
    Archiver,
    /// Links.
    Linker,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    kind: ToolKind,
    names: Vec<String>,
    why: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    part: String,
    why: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Environment {
    names: Vec<String>,
    why: String,
    source: String,
}

/// How command lines are read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub c: Vec<String>,
    pub cxx: Vec<String>,
    pub assembler: Vec<String>,
    pub separate: Vec<String>,
    pub linker_separate: Vec<String>,
    pub questions: Vec<String>,
    pub linker_questions: Vec<String>,
    pub dropped: Vec<String>,
    pub dropped_with_value: Vec<String>,
    why: String,
    source: String,
}

/// The whole table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tools {
    tool: Vec<Tool>,
    probe: Vec<Probe>,
    environment: Environment,
    pub words: Words,
}

impl Tools {
    /// Reads the embedded table.
    pub(super) fn load() -> Result<Tools, String> {
        let tools: Tools =
            toml::from_str(embedded("recorded.toml").unwrap_or_default()).map_err(|e| e.to_string())?;
        let tool = tools.tool.iter().map(|t| (&t.why, &t.source));
        let probe = tools.probe.iter().map(|p| (&p.why, &p.source));
        let others =
            [(&tools.words.why, &tools.words.source), (&tools.environment.why, &tools.environment.source)];
        let told = tool.chain(probe).chain(others).all(|(why, source)| !why.is_empty() && !source.is_empty());
        match told {
            true => Ok(tools),
            false => Err("a row of recorded.toml has no why or no source".into()),
        }
    }

    /// What a program of this name does.
    pub(super) fn kind(&self, name: &str) -> Option<ToolKind> {
        self.tool.iter().find(|t| t.names.iter().any(|n| matches(n, name))).map(|t| t.kind)
    }

    /// Whether a path belongs to a build system's own questions.
    pub(super) fn is_probe(&self, path: &std::path::Path) -> bool {
        path.components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            self.probe.iter().any(|p| matches(&p.part, &part))
        })
    }

    /// Whether a variable changes what a command makes.
    pub(super) fn is_recorded_variable(&self, name: &str) -> bool {
        self.environment.names.iter().any(|n| matches(n, name))
    }
}

/// Whether a glob of the table fits a word.
pub(super) fn matches(pattern: &str, word: &str) -> bool {
    match pattern.contains(['*', '[']) {
        false => pattern == word,
        true => glob::Pattern::new(pattern).is_ok_and(|p| p.matches(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_by_their_names_and_every_row_says_why() {
        let tools = Tools::load().unwrap();
        for (name, kind) in [
            ("gcc", Some(ToolKind::Compiler)),
            ("x86_64-linux-gnu-gcc-12", Some(ToolKind::Compiler)),
            ("clang++-14", Some(ToolKind::Compiler)),
            ("x86_64-linux-gnu-ar", Some(ToolKind::Archiver)),
            ("gcc-ar-12", Some(ToolKind::Archiver)),
            ("ld.bfd", Some(ToolKind::Linker)),
            ("hwtune", None),
            ("make", None),
            ("sh", None),
            ("gcc-nm", None),
        ] {
            assert_eq!(tools.kind(name), kind, "{name}");
        }
    }
}

//! The document of one compiler's answers.

use super::accept::Acceptance;
use super::choice::MarchChoice;
use super::compiler::Compiler;
use serde::Serialize;

/// One compiler's answers.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "hwtune probe", deny_unknown_fields))]
pub struct Answers<'a> {
    /// Who was asked.
    pub compiler: Identity<'a>,
    /// What it said, in the order of the question.
    pub flags: Vec<Acceptance>,
}

// A description would be one in the schema too.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Identity<'a> {
    /// `gcc` or `clang`.
    pub compiler: &'static str,
    /// Full version.
    pub version: &'a str,
    /// Target triple as the compiler prints it.
    pub target: &'a str,
    /// The command as it was run.
    pub path: String,
    /// SHA-256 of the compiler's executable, hexadecimal.
    pub sha256: &'a str,
    /// Best accepted `-march`, without the option; empty where there is none.
    pub march: String,
    /// Best accepted `-mtune`, without the option; empty where there is none.
    pub mtune: String,
}

impl<'a> Answers<'a> {
    /// Of a compiler, with the flags that it should get on this host and what it said of those that it was asked about.
    pub fn new(compiler: &'a Compiler, choice: MarchChoice, flags: Vec<Acceptance>) -> Self {
        let compiler = Identity {
            compiler: compiler.family.name(),
            version: &compiler.version,
            target: &compiler.target,
            path: compiler.path.display().to_string(),
            sha256: compiler.sha256(),
            march: choice.march,
            mtune: choice.mtune,
        };
        Answers { compiler, flags }
    }
}

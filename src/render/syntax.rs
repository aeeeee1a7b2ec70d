//! The last check before text is written: it must be what it claims to be.

use serde::{Deserialize, Serialize};

/// What a rendered text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// The Nix language; formatted as well.
    Nix,
    /// TOML.
    Toml,
    /// JSON.
    Json,
    /// Lines of text, checked by the quoting filters alone.
    Text,
}

impl Syntax {
    /// Formats the text where the syntax has a formatter, and fails where it does not parse.
    pub fn finish(self, text: &str) -> Result<String, String> {
        let text = text.trim_start().trim_end().to_string() + "\n";
        match self {
            Syntax::Nix => nix(&text),
            Syntax::Toml => toml::from_str::<toml::Table>(&text).map(|_| text).map_err(|e| e.to_string()),
            Syntax::Json => {
                let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
                serde_json::to_string_pretty(&value).map(|t| t + "\n").map_err(|e| e.to_string())
            }
            Syntax::Text => Ok(text),
        }
    }
}

/// Formats with nixfmt's rules, and parses the result with an independent parser.
fn nix(text: &str) -> Result<String, String> {
    let formatted = nixfmt_rs::format(text).map_err(|e| format!("{e:?}"))?;
    let parsed = rnix::Root::parse(&formatted);
    match parsed.errors().first() {
        Some(error) => Err(error.to_string()),
        None => Ok(formatted),
    }
}

//! This is the last check before a text is written: the text must parse in its syntax.

use super::nix_attrs;
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
    /// YAML, of the part that is written here: checked by the quoting filters.
    Yaml,
    /// A POSIX shell, checked for balanced quotes.
    Shell,
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
                serde_json::from_str::<serde_json::Value>(&text).map(|_| text).map_err(|e| e.to_string())
            }
            Syntax::Shell => balanced(&text).map(|()| text),
            Syntax::Yaml | Syntax::Text => Ok(text),
        }
    }
}

/// Formats with nixfmt's rules, and parses the result with an independent parser.
fn nix(text: &str) -> Result<String, String> {
    let formatted = nixfmt_rs::format(text).map_err(|e| format!("{e:?}"))?;
    let parsed = rnix::Root::parse(&formatted);
    if let Some(error) = parsed.errors().first() {
        return Err(error.to_string());
    }
    match nix_attrs::twice(&parsed.syntax()) {
        Some(name) => Err(format!("the attribute {name} is defined twice")),
        None => Ok(formatted),
    }
}

/// Whether each quote of a shell text is closed. Comments and escapes count as the shell counts them.
fn balanced(text: &str) -> Result<(), String> {
    let mut open: Option<char> = None;
    let mut chars = text.chars();
    let mut before = '\n';
    while let Some(c) = chars.next() {
        match (open, c) {
            (None, '#') if before.is_whitespace() => {
                chars.by_ref().find(|c| *c == '\n');
                before = '\n';
                continue;
            }
            (None | Some('"'), '\\') => {
                chars.next();
            }
            (None, '"' | '\'') => open = Some(c),
            (Some(quote), c) if quote == c => open = None,
            _ => {}
        }
        before = c;
    }
    open.map_or(Ok(()), |quote| Err(format!("a {quote} is not closed")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_does_not_parse() {
        assert!(Syntax::Nix.finish("{ a = ; }").is_err());
        assert!(Syntax::Nix.finish("{ a = 1; b = 2; a = 3; }").unwrap_err().contains("a is defined twice"));
        assert!(Syntax::Toml.finish("a = ").is_err() && Syntax::Json.finish("{").is_err());
        assert!(Syntax::Shell.finish("a='b").is_err() && Syntax::Shell.finish("a='b' # it's").is_ok());
        assert_eq!(Syntax::Nix.finish("{a=1;}").unwrap(), "{ a = 1; }\n");
        assert_eq!(Syntax::Text.finish("\n\nx \n\n").unwrap(), "x\n");
    }
}

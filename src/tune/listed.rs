//! Every option that the compiler itself lists, as flags to be tried.

use crate::catalogue::Catalogue;
use crate::toolchain::{Compiler, OptionForm, ToolchainError, optimizer_options, state};
use std::collections::BTreeSet;

/// Flags for every option of `-Q --help=optimizers`, `=params` and `=target`: a switch the other way than the base
/// has it, a choice at each of its other words, and the values that the catalogue finds worth trying for the others.
/// What they may break is not judged here. In the compiler's order.
pub fn listed(
    catalogue: &Catalogue,
    compiler: &Compiler,
    base: &[String],
) -> Result<Vec<String>, ToolchainError> {
    let now = state(compiler, base)?;
    let mut flags = Vec::new();
    for listed in optimizer_options(compiler)? {
        let option = listed.option;
        let state = now.get(&option).cloned().or(listed.state).unwrap_or_default();
        let worth = catalogue.values.iter().find(|v| v.option == option);
        let values = worth.map(|v| v.values.clone()).unwrap_or_default();
        match listed.form {
            // Its other name is listed as well.
            OptionForm::Alias(_) => {}
            // Which CPU the code is for was decided, with its deltas; no other promise is tried.
            _ if ["-march=", "-mcpu="].contains(&option.as_str()) => {}
            OptionForm::Switch if state == "[enabled]" => flags.extend(negated(&option)),
            OptionForm::Switch => flags.push(option),
            OptionForm::Choice(words) => {
                let words = if values.is_empty() { words } else { values };
                flags.extend(words.iter().filter(|w| **w != state).map(|w| format!("{option}{w}")));
            }
            OptionForm::Range(..) | OptionForm::Value => {
                flags.extend(values.iter().filter(|v| **v != state).map(|v| format!("{option}{v}")));
            }
        }
    }
    let mut seen = BTreeSet::new();
    flags.retain(|f| seen.insert(f.clone()));
    Ok(flags)
}

/// `-fno-gcse` for `-fgcse`; `None` for what cannot be negated.
fn negated(option: &str) -> Option<String> {
    let letter = option.get(..2).filter(|l| ["-f", "-m"].contains(l))?;
    Some(match option[2..].strip_prefix("no-") {
        Some(rest) => format!("{letter}{rest}"),
        None => format!("{letter}no-{}", &option[2..]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn switches_are_turned_and_nothing_is_listed_twice() {
        assert_eq!(negated("-fgcse").as_deref(), Some("-fno-gcse"));
        assert_eq!(negated("-mno-red-zone").as_deref(), Some("-mred-zone"));
        assert_eq!(negated("--param=x="), None);
        let catalogue = Catalogue::load(None).unwrap();
        let gcc = Compiler::ask(Path::new("gcc")).unwrap();
        let base = ["-O2".to_string()];
        let flags = listed(&catalogue, &gcc, &base).unwrap();
        let all: BTreeSet<_> = flags.iter().collect();
        assert!(all.len() == flags.len() && flags.len() > 300, "{} of {}", all.len(), flags.len());
        assert!(!flags.iter().any(|f| f.starts_with("-march=")));
        // Enabled by -O2, so tried the other way; disabled, so tried as it is.
        assert!(flags.contains(&"-fno-gcse".into()) && flags.contains(&"-funroll-loops".into()));
        assert!(!flags.contains(&"-fgcse".into()));
    }
}

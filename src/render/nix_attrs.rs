//! This module finds names that a Nix text defines twice. Nix refuses them when it parses; the parser used here does not
//! look for them.

use rnix::SyntaxNode;
use rnix::ast::{self, Attr, Entry, Expr, HasEntry, InterpolPart};
use rowan::ast::AstNode;
use std::collections::BTreeMap;

/// What stands under a name.
enum Value {
    /// Anything that nothing can be added to.
    Whole,
    /// A set that is written out: further entries of the same name are merged into it.
    Set(Names),
}

#[derive(Default)]
struct Names(BTreeMap<String, Value>);

/// The first name that is defined twice in one set, one `let` or one list of arguments.
pub(super) fn twice(root: &SyntaxNode) -> Option<String> {
    root.descendants().find_map(|node| {
        if let Some(pattern) = ast::Pattern::cast(node.clone()) {
            let names = pattern.pat_entries().filter_map(|e| Some(e.ident()?.to_string()));
            return first_repeated(names);
        }
        let faults = match (ast::AttrSet::cast(node.clone()), ast::LetIn::cast(node.clone())) {
            (Some(set), _) => Names::default().add_all(&set),
            (_, Some(set)) => Names::default().add_all(&set),
            _ => Ok(()),
        };
        faults.err()
    })
}

fn first_repeated(names: impl Iterator<Item = String>) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(name.clone()))
}

impl Names {
    /// Adds the entries of a set or `let`; the error is the path that stands there twice.
    fn add_all(&mut self, set: &impl HasEntry) -> Result<(), String> {
        for entry in set.entries() {
            match entry {
                Entry::Inherit(inherit) => {
                    for name in inherit.attrs().filter_map(|a| written(&a)) {
                        self.add(&[name], &None)?;
                    }
                }
                Entry::AttrpathValue(pair) => {
                    let path = pair.attrpath().map(|p| p.attrs().map(|a| written(&a)).collect::<Vec<_>>());
                    // A name that is computed is compared only when Nix evaluates it.
                    let known: Option<Vec<String>> = path.unwrap_or_default().into_iter().collect();
                    if let Some(path) = known {
                        self.add(&path, &pair.value())?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &[String], value: &Option<Expr>) -> Result<(), String> {
        let Some((first, rest)) = path.split_first() else { return Ok(()) };
        let set = match value {
            _ if !rest.is_empty() => None,
            Some(Expr::AttrSet(set)) => Some(set),
            _ => return self.insert(first),
        };
        let place = self.0.entry(first.clone()).or_insert_with(|| Value::Set(Names::default()));
        let Value::Set(names) = place else { return Err(path.join(".")) };
        let added = match set {
            Some(set) => names.add_all(set),
            None => names.add(rest, value),
        };
        added.map_err(|inner| format!("{first}.{inner}"))
    }

    fn insert(&mut self, name: &str) -> Result<(), String> {
        match self.0.insert(name.to_string(), Value::Whole) {
            None => Ok(()),
            Some(_) => Err(name.to_string()),
        }
    }
}

/// A name as it is written; `None` where it is computed.
fn written(attr: &Attr) -> Option<String> {
    let literal = |text: &ast::Str| match &text.normalized_parts()[..] {
        [] => Some(String::new()),
        [InterpolPart::Literal(text)] => Some(text.clone()),
        _ => None,
    };
    match attr {
        Attr::Ident(ident) => Some(ident.to_string()),
        Attr::Str(text) => literal(text),
        Attr::Dynamic(dynamic) => match dynamic.expr()? {
            Expr::Str(text) => literal(&text),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<String> {
        twice(&rnix::Root::parse(text).syntax())
    }

    /// Each as `nix-instantiate --parse` of Nix 2.8 answers.
    #[test]
    fn the_answers_are_those_of_nix() {
        for (text, name) in [
            ("{ a = 1; a = 2; }", "a"),
            ("{ a.b = 1; a.b = 2; }", "a.b"),
            ("{ a.b = 1; a = { b = 2; }; }", "a.b"),
            ("{ a = x; a.b = 1; }", "a.b"),
            ("{ inherit a; a.b = 1; }", "a.b"),
            ("{ inherit a; inherit (x) a; }", "a"),
            ("{ \"a\" = 1; a = 1; }", "a"),
            ("{ ${\"b\"} = 1; b = 2; }", "b"),
            ("let a = 1; a = 2; in a", "a"),
            ("{ a, a }: a", "a"),
            ("x: { y = { z = 1; z = 2; }; }", "y.z"),
        ] {
            assert_eq!(of(text).as_deref(), Some(name), "{text}");
        }
        for text in [
            "{ a.b = 1; a.c = 2; }",
            "{ a = { c = 1; }; a = { b = 2; }; }",
            "{ a = { c = 1; }; a = rec { b = 2; }; }",
            "{ ${x} = 1; ${x} = 2; }",
            "{ a = { b = 1; }; c = { b = 1; }; }",
            "let a = 1; in { inherit a; }",
            "{ a, b ? a }: let c = a; in { a = c; }",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}

//! These functions ask small questions of a Nix syntax tree.

use rnix::SyntaxNode;
use rnix::ast::{self, Attr, AttrpathValue, Expr, HasEntry, InterpolPart};
use rowan::ast::AstNode;

/// Stands in a path for what is filled in when it is evaluated, as in `./hosts/${name}`. No file name holds it.
pub(super) const ANY: char = '\0';

/// A path as it is written: a literal, `./. + "/x"`, `"${self}/x"`, with [`ANY`] for each part that is filled in. `None`
/// where it is computed otherwise.
pub(super) fn written(expr: &Expr) -> Option<(String, bool)> {
    match bare(expr) {
        Expr::PathRel(path) => Some((pattern(path.parts()), false)),
        Expr::PathAbs(path) => Some((pattern(path.parts()), false)),
        Expr::Ident(ident) if ident.to_string() == "self" => Some((".".into(), true)),
        Expr::Select(select) if select.to_string() == "inputs.self" => Some((".".into(), true)),
        Expr::BinOp(op) => {
            let (path, of_root) = written(&op.lhs()?)?;
            let (rest, _) = written(&op.rhs()?)?;
            Some((path + &rest, of_root))
        }
        Expr::Str(text) => {
            let mut whole = String::new();
            let mut of_root = false;
            for (i, part) in text.normalized_parts().into_iter().enumerate() {
                match part {
                    InterpolPart::Literal(text) => whole.push_str(&text),
                    InterpolPart::Interpolation(inner) if i == 0 => {
                        (whole, of_root) = written(&inner.expr()?)?
                    }
                    InterpolPart::Interpolation(_) => whole.push(ANY),
                }
            }
            Some((whole, of_root))
        }
        _ => None,
    }
}

fn pattern(parts: Vec<InterpolPart<ast::PathContent>>) -> String {
    let text = |part: InterpolPart<ast::PathContent>| match part {
        InterpolPart::Literal(content) => content.text().to_string(),
        InterpolPart::Interpolation(_) => ANY.to_string(),
    };
    parts.into_iter().map(text).collect()
}

pub(super) fn bare(expr: &Expr) -> Expr {
    match expr {
        Expr::Paren(inner) => inner.expr().map_or_else(|| expr.clone(), |e| bare(&e)),
        _ => expr.clone(),
    }
}

/// Last name of the function that is called first: `lib.optionals` in `lib.optionals a b`.
pub(super) fn called(function: &Expr) -> Option<String> {
    match bare(function) {
        Expr::Ident(ident) => Some(ident.to_string()),
        Expr::Select(select) => select.attrpath().and_then(|p| names(&p).pop()),
        Expr::Apply(apply) => called(&apply.lambda()?),
        _ => None,
    }
}

/// `true`, also within `lib.mkDefault true` and the like.
pub(super) fn says_true(value: &Expr) -> bool {
    match bare(value) {
        Expr::Ident(ident) => ident.to_string() == "true",
        Expr::Apply(apply) => apply.argument().is_some_and(|a| says_true(&a)),
        _ => false,
    }
}

pub(super) fn names(path: &ast::Attrpath) -> Vec<String> {
    let name = |attr: Attr| match attr {
        Attr::Ident(ident) => ident.to_string(),
        Attr::Str(text) => match text.normalized_parts().as_slice() {
            [InterpolPart::Literal(text)] => text.clone(),
            _ => "?".into(),
        },
        Attr::Dynamic(_) => "?".into(),
    };
    path.attrs().map(name).collect()
}

/// An entry's path with those of the entries around it.
pub(super) fn whole_path(entry: &AttrpathValue) -> Vec<String> {
    let mut path = Vec::new();
    for around in entry.syntax().ancestors().filter_map(AttrpathValue::cast) {
        let mut outer = around.attrpath().map(|p| names(&p)).unwrap_or_default();
        outer.extend(path);
        path = outer;
    }
    path
}

/// What a name is bound to by a `let` or a recursive set around its use.
pub(super) fn bound(from: &SyntaxNode, name: &str) -> Option<Expr> {
    let find = |entries: rowan::ast::AstChildren<AttrpathValue>| {
        let mut entries = entries;
        entries.find(|e| e.attrpath().is_some_and(|p| names(&p) == [name])).and_then(|e| e.value())
    };
    from.ancestors().find_map(|node| {
        if let Some(scope) = ast::LetIn::cast(node.clone()) {
            return find(scope.attrpath_values());
        }
        let set = ast::AttrSet::cast(node)?;
        set.rec_token().and_then(|_| find(set.attrpath_values()))
    })
}

/// What the same file exports under `nixosModules.NAME`.
pub(super) fn exported(from: &SyntaxNode, wanted: &[String]) -> Option<Expr> {
    let root = from.ancestors().last()?;
    root.descendants()
        .filter_map(AttrpathValue::cast)
        .find(|entry| whole_path(entry).ends_with(wanted))
        .and_then(|entry| entry.value())
}

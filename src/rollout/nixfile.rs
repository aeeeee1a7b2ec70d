//! What one Nix file says about imports and about hwtune, read from its syntax tree.

use super::nixbounds;
use super::nixtree::{bare, bound, called, exported, names, says_true, whole_path, written};
use crate::text::deep;
use rnix::SyntaxNode;
use rnix::ast::{self, AstToken, AttrpathValue, BinOpKind, Expr};
use rowan::ast::AstNode;
use std::collections::HashSet;

/// Attributes whose value lists modules.
const LISTS: [&str; 4] = ["imports", "modules", "sharedModules", "extraModules"];

/// Functions that take a path and import no module from it.
const READERS: [&str; 24] = [
    "readFile",
    "readDir",
    "readFileType",
    "fromTOML",
    "fromJSON",
    "importTOML",
    "importJSON",
    "path",
    "filterSource",
    "cleanSource",
    "callPackage",
    "callPackages",
    "toString",
    "toPath",
    "baseNameOf",
    "dirOf",
    "pathExists",
    "hashFile",
    "storePath",
    "copyPathToStore",
    "fetchurl",
    "replaceVars",
    "substituteAll",
    "gitTracked",
];

/// A path that the file names, relative to it, or to the configuration's root where `self` leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As written, with [`super::nixtree::ANY`] for each part that is filled in.
    pub path: String,
    /// True after `self` or `inputs.self`.
    pub of_root: bool,
    /// Line, from 1.
    pub line: usize,
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NixFile {
    /// Modules and files it imports.
    pub links: Vec<Link>,
    /// Modules it takes out again.
    pub disabled: Vec<Link>,
    /// Lines whose import is computed and cannot be followed.
    pub computed: Vec<usize>,
    /// True where it declares `options.hwtune`.
    pub declares: bool,
    /// The render target of its header.
    pub target: Option<String>,
    /// Lines that set `hwtune.enable = true`.
    pub enables: Vec<usize>,
}

/// Longest file that is read.
pub const LARGEST: u64 = 512 << 10;
/// Within its bounds a text may still nest deeper than a thread's usual stack: of each byte some 400 are taken.
const STACK: usize = 1024 * LARGEST as usize;

/// Reads a file's text of at most [`LARGEST`] bytes. The error tells the line.
pub fn read(text: &str) -> Result<NixFile, String> {
    if text.len() as u64 > LARGEST {
        return Err(format!("longer than {LARGEST} bytes"));
    }
    nixbounds::check(text)?;
    deep(STACK, || parse(text))?
}

fn parse(text: &str) -> Result<NixFile, String> {
    let parsed = rnix::Root::parse(text);
    if let Some(error) = parsed.errors().first() {
        return Err(format!("no Nix: {error}"));
    }
    let root = parsed.tree();
    let mut reader = Reader { text, file: NixFile::default(), seen: HashSet::new() };
    for token in root.syntax().descendants_with_tokens().filter_map(|e| e.into_token()) {
        if let Some(comment) = ast::Comment::cast(token) {
            reader.header(comment.text());
        }
    }
    for node in root.syntax().descendants() {
        if let Some(entry) = AttrpathValue::cast(node.clone()) {
            reader.entry(&entry);
        } else if let Some(apply) = ast::Apply::cast(node) {
            reader.apply(&apply);
        }
    }
    Ok(reader.file)
}

struct Reader<'a> {
    text: &'a str,
    file: NixFile,
    seen: HashSet<rnix::TextRange>,
}

impl Reader<'_> {
    fn line(&self, node: &SyntaxNode) -> usize {
        let at = usize::from(node.text_range().start());
        self.text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
    }

    /// `Made by hwtune VERSION (render TARGET)`, perhaps broken over lines.
    fn header(&mut self, comment: &str) {
        let target =
            comment.split_once("(render ").and_then(|(_, rest)| rest.split_once(')')).map(|(name, _)| name);
        let plain =
            |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit());
        if let (None, Some(name)) = (&self.file.target, target.filter(plain)) {
            self.file.target = Some(name.into());
        }
    }

    fn entry(&mut self, entry: &AttrpathValue) {
        let path = whole_path(entry);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if path.windows(2).any(|two| two == ["options", "hwtune"]) {
            self.file.declares = true;
        }
        let Some(value) = entry.value() else { return };
        if path.ends_with(&["hwtune", "enable"]) && says_true(&value) {
            let line = self.line(entry.syntax());
            self.file.enables.push(line);
        }
        let last = path.last().copied().unwrap_or_default();
        if LISTS.contains(&last) {
            self.collect(&value);
        } else if last == "disabledModules" {
            let kept = std::mem::take(&mut self.file.links);
            self.collect(&value);
            self.file.disabled.extend(std::mem::replace(&mut self.file.links, kept));
        }
    }

    /// `import ./x`, and a function of the user's own that is given a path.
    fn apply(&mut self, apply: &ast::Apply) {
        let (Some(function), Some(argument)) = (apply.lambda(), apply.argument()) else { return };
        let name = called(&function);
        let path =
            matches!(bare(&argument), Expr::PathRel(_) | Expr::PathAbs(_) | Expr::BinOp(_) | Expr::Str(_));
        let import = name.as_deref() == Some("import");
        let own = matches!(bare(&argument), Expr::PathRel(_))
            && !name.is_some_and(|n| READERS.contains(&n.as_str()));
        if (import && path) || own {
            self.collect(&argument);
        }
    }

    /// The paths of an expression that stands for a module, or for a list of them.
    fn collect(&mut self, expr: &Expr) {
        if !self.seen.insert(expr.syntax().text_range()) {
            return;
        }
        match expr {
            Expr::PathRel(_) | Expr::PathAbs(_) | Expr::Str(_) => self.path(expr),
            Expr::List(list) => list.items().for_each(|item| self.collect(&item)),
            Expr::Paren(inner) => self.all([inner.expr()]),
            Expr::BinOp(op) if op.operator() == Some(BinOpKind::Add) => self.path(expr),
            Expr::BinOp(op) => self.all([op.lhs(), op.rhs()]),
            Expr::IfElse(choice) => self.all([choice.body(), choice.else_body()]),
            Expr::With(with) => self.all([with.body()]),
            Expr::LetIn(scope) => self.all([scope.body()]),
            Expr::Assert(assert) => self.all([assert.body()]),
            Expr::Lambda(lambda) => self.all([lambda.body()]),
            Expr::Apply(apply) => {
                let function = apply.lambda();
                if function.as_ref().and_then(called).is_some_and(|n| READERS.contains(&n.as_str())) {
                    return;
                }
                let curried = function.filter(|f| matches!(f, Expr::Apply(_)));
                self.all([curried, apply.argument()]);
            }
            Expr::Ident(ident) => self.all([bound(ident.syntax(), &ident.to_string())]),
            Expr::Select(select) => {
                let path: Vec<String> = select.attrpath().map(|p| names(&p)).unwrap_or_default();
                if let Some(at) = path.iter().position(|n| n == "nixosModules") {
                    self.all([exported(expr.syntax(), &path[at..])]);
                }
            }
            _ => {}
        }
    }

    fn all<const N: usize>(&mut self, exprs: [Option<Expr>; N]) {
        exprs.iter().flatten().for_each(|e| self.collect(e));
    }

    fn path(&mut self, expr: &Expr) {
        let line = self.line(expr.syntax());
        match written(expr) {
            // A bare word is a name that some function makes a path of.
            Some((path, false)) if !path.starts_with(['.', '/']) => {}
            Some((path, of_root)) => self.file.links.push(Link { path, of_root, line }),
            None => self.file.computed.push(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<String> {
        read(text)
            .unwrap()
            .links
            .into_iter()
            .map(|l| format!("{}{}", if l.of_root { "self:" } else { "" }, l.path))
            .collect()
    }

    #[test]
    fn imports_are_found_however_they_are_written() {
        for (text, expected) in [
            ("{ imports = [ ./a.nix ../b ]; }", vec!["./a.nix", "../b"]),
            (
                "{ lib, ... }: { imports = [ ./a.nix ] ++ lib.optional true ./b.nix; }",
                vec!["./a.nix", "./b.nix"],
            ),
            ("let hw = ./hw.nix; more = [ hw ]; in { imports = more; }", vec!["./hw.nix"]),
            (
                "{ imports = if x then [ ./a.nix ] else with y; [ (./. + \"/b.nix\") ]; }",
                vec!["./a.nix", "././b.nix"],
            ),
            (
                "{ outputs = { self, n }: n.lib.nixosSystem { modules = [ \"${self}/h/x.nix\" ]; }; }",
                vec!["self:./h/x.nix"],
            ),
            ("{ a.modules = [ self.nixosModules.hw ]; nixosModules.hw = ./hw.nix; }", vec!["./hw.nix"]),
            ("{ a = mkHost ./hosts/a; b = import ./b.nix { }; }", vec!["./hosts/a", "./b.nix"]),
            ("{ imports = [ { imports = [ ./deep.nix ]; } ]; }", vec!["./deep.nix"]),
            ("{ imports = [ <nixpkgs/x.nix> /etc/nixos/h.nix ]; }", vec!["/etc/nixos/h.nix"]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_an_import_is_none() {
        for text in [
            "# imports = [ ./hw.nix ];\n{ }",
            "{ a = \"imports = [ ./hw.nix ];\"; }",
            "{ environment.etc.x.source = ./hw.nix; }",
            "{ imports = [ ]; x = builtins.readFile ./hw.nix; y = pkgs.callPackage ./hw.nix { }; }",
            "{ imports = [ (lib.importTOML ./hw.nix) ]; }",
        ] {
            assert!(links(text).is_empty(), "{text}: {:?}", links(text));
        }
        let file =
            read("{ disabledModules = [ ./hw.nix ];\n imports = map (n: ./m + \"/${n}\") [ \"a\" ]; }")
                .unwrap();
        assert_eq!((file.links[0].path.as_str(), file.disabled.len()), ("./m/\0", 1));
    }

    #[test]
    fn modules_and_switches_are_known_by_their_attributes() {
        let file = read("# Made by hwtune 0.1.0 (render nixos-side).\n{ options.hwtune = { enable = 1; }; }")
            .unwrap();
        assert!(file.declares && file.target.as_deref() == Some("nixos-side") && file.enables.is_empty());
        assert!(read("{ options = { hwtune.enable = 1; }; }").unwrap().declares);
        assert!(!read("{ hwtune.options = 1; }").unwrap().declares);
        for text in ["{ hwtune.enable = true; }", "{ hwtune = { enable = lib.mkDefault true; }; }"] {
            assert_eq!(read(text).unwrap().enables, [1], "{text}");
        }
        assert!(read("{ hwtune.enable = false; x.enable = true; }").unwrap().enables.is_empty());
        assert!(read("{ a = ; }").unwrap_err().contains("no Nix"));
    }
}

//! A candidate is one option, or several that belong together, that is given to a compiler.

use super::choice::MarchChoice;
use crate::catalogue::{Catalogue, Flag, FlagKind, Risk};

/// A flag put to a compiler: one option or several words that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// As typed, placeholders filled in.
    pub flag: String,
    /// The words as the compiler gets them.
    pub words: Vec<String>,
    /// Where it acts.
    pub kind: FlagKind,
    /// Words that must stand beside it.
    pub needs: Vec<String>,
    /// Options it cannot stand beside.
    pub conflicts: Vec<String>,
    /// Why policy refuses it; it is then not tried.
    pub refused: Option<String>,
}

/// Options with which a driver does something else than compile with other code: they run programs, read or write
/// files of their own, or stop early. Others may be asked about, also those that policy would never write (`-Wno-…`).
const NO_CANDIDATE: [&str; 27] = [
    "-wrapper",
    "-specs",
    "--specs",
    "-B",
    "-fplugin",
    "-Xclang",
    "-Xassembler",
    "-Xpreprocessor",
    "-o",
    "-c",
    "-S",
    "-E",
    "-M",
    "-x",
    "-###",
    "-v",
    "-I",
    "-L",
    "-D",
    "-U",
    "-include",
    "-imacros",
    "-dump",
    "-print",
    "-save-temps",
    "--help",
    "-T",
];

impl Candidate {
    /// A catalogue row, with `{march}` and `{mtune}` filled in from the decision for the compiler at hand.
    pub fn of(row: &Flag, choice: Option<&MarchChoice>) -> Candidate {
        let fill = |text: &str| -> Vec<String> {
            text.split_ascii_whitespace()
                .flat_map(|word| match (word, choice) {
                    (_, Some(choice)) if word.contains("{march}") => choice.march_flags(),
                    (_, Some(choice)) if word.contains("{mtune}") => choice.mtune_flags(),
                    _ => vec![word.to_string()],
                })
                .collect()
        };
        let words = fill(&row.name);
        let refused = match row.risk {
            Risk::None | Risk::Size => None,
            Risk::Abi => Some("abi"),
            Risk::Semantics => Some("semantics"),
            Risk::Security => Some("security"),
            Risk::GlobalState => Some("global-state"),
        };
        let mut refused = refused.map(|class| format!("risk {class}: {}", row.why));
        if words.is_empty() || words.iter().any(|w| w.contains('{')) {
            refused = Some(format!("no answer for {} from this compiler", row.name));
        }
        Candidate {
            flag: words.join(" "),
            kind: row.kind,
            needs: row.needs.iter().flat_map(|n| fill(n)).collect(),
            conflicts: row.conflicts.clone(),
            words,
            refused,
        }
    }

    /// A flag without a row: its form shows where it acts.
    pub fn bare(flag: &str) -> Candidate {
        // What is not a blank to a shell is part of a word, and refused there.
        let words: Vec<String> = flag.split_ascii_whitespace().map(String::from).collect();
        let is_link = |w: &String| {
            let exact = ["-static", "-static-pie", "-pie", "-no-pie", "-s", "-rdynamic", "-symbolic"];
            w.starts_with("-Wl,") || w.starts_with("-fuse-ld=") || w == "-z" || exact.contains(&w.as_str())
        };
        let kind = match words.first() {
            Some(first) if first == "-pipe" => FlagKind::BuildOnly,
            _ if words.iter().any(is_link) => FlagKind::Link,
            _ => FlagKind::Codegen,
        };
        let refused = words.iter().enumerate().find_map(|(i, w)| {
            let value = i > 0 && ["--param", "-z", "-mllvm"].contains(&words[i - 1].as_str());
            let other = NO_CANDIDATE.iter().any(|n| w == n || (n.len() > 2 && w.starts_with(n)))
                || (w.len() > 2
                    && ["-I", "-L", "-D", "-U", "-B", "-o", "-x", "-M"].iter().any(|n| w.starts_with(n)));
            match w {
                _ if value => None,
                _ if !w.starts_with('-') || w == "-" => Some(format!("{w} is not an option")),
                _ if w.starts_with("-D") || w.starts_with("-U") => {
                    Some(format!("{w} is a macro, and macros change what is compiled"))
                }
                _ if other => Some(format!("{w} tells the driver to do something else than compile")),
                _ => None,
            }
        });
        let refused = if words.is_empty() { Some("no option at all".to_string()) } else { refused };
        let refused = refused.or_else(|| {
            words.iter().enumerate().find_map(|(i, w)| odd(w, i.checked_sub(1).map(|i| words[i].as_str())))
        });
        Candidate { flag: words.join(" "), words, kind, needs: Vec::new(), conflicts: Vec::new(), refused }
    }

    /// What of several candidates only one can be in a call: the same option with another value or negated. A
    /// compiler looks at the last alone, so that the others would be accepted unseen.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> + '_ {
        let mut parameter = false;
        self.words.iter().filter_map(move |word| {
            if std::mem::replace(&mut parameter, word == "--param") {
                return Some(option_key(&format!("--param={word}")));
            }
            (word != "--param").then(|| option_key(word))
        })
    }
}

/// Options of linkers that read or write files of their own, load code or take symbols away. Linkers take their beginnings
/// for the whole (GNU ld, 2.1 "Command-line Options").
const NO_LINK_OPTION: [&str; 29] = [
    "audit",
    "auxiliary",
    "default-script",
    "defsym",
    "depaudit",
    "dependency-file",
    "dynamic-linker",
    "dynamic-list",
    "filter",
    "fini",
    "init",
    "just-symbols",
    "library",
    "library-path",
    "load-pass-plugin",
    "Map",
    "mri-script",
    "o",
    "out-implib",
    "output",
    "plugin",
    "R",
    "retain-symbols-file",
    "rpath",
    "script",
    "sysroot",
    "T",
    "version-script",
    "wrap",
];

/// The same by letters that may stand before their value without a blank.
const NO_LINK_LETTER: [char; 10] = ['F', 'I', 'L', 'P', 'R', 'T', 'c', 'f', 'l', 'o'];

/// Whether one of the words of `-Wl,` makes the linker do something else than link.
fn links_more(option: &str) -> bool {
    let rest = option.trim_start_matches('-');
    let name = rest.split('=').next().unwrap_or_default();
    let begun = |n: &str| option.len() > rest.len() && name.len() > 2 && n.starts_with(name);
    let glued = option.len() == rest.len() + 1 && name.starts_with(NO_LINK_LETTER);
    glued || NO_LINK_OPTION.iter().any(|n| *n == name || begun(n))
}

/// Why a word is asked of no compiler: by its characters, what a linker would make of it, or the form of flags, from which
/// warnings and what only asks (`-Wno-…`, `-fuse-ld=NAME`, `-mllvm -…`) are excepted.
fn odd(word: &str, before: Option<&str>) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-+=_.,:".contains(c);
    if !word.chars().all(plain) {
        return Some(format!("{word:?} has characters that no option has"));
    }
    let does_more = || Some(format!("{word} makes a tool do something else than change code"));
    if let Some(options) = word.strip_prefix("-Wl,") {
        return options.split(',').any(links_more).then(does_more).flatten();
    }
    match before {
        Some("-mllvm") => return word.trim_start_matches('-').starts_with("load").then(does_more).flatten(),
        Some("--param" | "-z") => return None,
        _ => {}
    }
    let asked = ["-mllvm", "--param", "-z"].contains(&word) || word.starts_with("-fuse-ld=");
    let warning = word.starts_with("-W") && !word.contains(',');
    if asked || warning { None } else { Catalogue::grammar(word).err() }
}

/// An option without its value and its negation.
fn option_key(word: &str) -> String {
    if word.starts_with("-Wl,") {
        return word.to_string();
    }
    if word.starts_with("-O") {
        return "-O".to_string();
    }
    let (option, value) = word.split_once('=').unwrap_or((word, ""));
    if option == "--param" {
        return format!("--param={}", value.split('=').next().unwrap_or_default());
    }
    for letter in ["-f", "-m", "-W"] {
        if let Some(positive) = option.strip_prefix(letter).and_then(|rest| rest.strip_prefix("no-")) {
            return format!("{letter}{positive}");
        }
    }
    option.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_for_values_and_negations() {
        let keys = |flag: &str| Candidate::bare(flag).keys().collect::<Vec<_>>();
        assert_eq!(keys("-fno-gcse"), keys("-fgcse"));
        assert_eq!(keys("-march=a"), keys("-march=b"));
        assert_eq!(keys("-O3"), keys("-Ofast"));
        assert_eq!(keys("--param=x=1"), keys("--param x=2"));
        assert_ne!(keys("--param=x=1"), keys("--param=y=1"));
        assert_ne!(keys("-Wl,-O1"), keys("-Wl,-z,now"));
    }

    #[test]
    fn kinds_and_refusals_by_form() {
        assert_eq!(Candidate::bare("-Wl,-z,now").kind, FlagKind::Link);
        assert_eq!(Candidate::bare("-pipe").kind, FlagKind::BuildOnly);
        assert_eq!(Candidate::bare("-fgcse-sm -flto").kind, FlagKind::Codegen);
        for odd in [
            "",
            "-",
            "x.c",
            "-wrapper",
            "-o",
            "-ox",
            "-fplugin=x.so",
            "-E",
            "-Ix",
            "@file",
            "-specs=x",
            "-MD",
            "-mllvm -load=x",
            "-O2\t@x",
            "-fmodule-mapper=|x",
            "-O2\u{85}-fgcse",
            "-O2\u{a0}-fgcse",
            "-Wl,--plugi=x.so",
            "-Wl,-plugin,x.so",
            "-Wl,-Tx.ld",
            "-Wl,-z,now,-ox",
            "-Wl,--version-scrip=x",
            "-Wl,--dependency-file=x",
            "-Wl,-Pevil",
            "-Wl,-lx",
        ] {
            assert!(Candidate::bare(odd).refused.is_some(), "{odd:?}");
        }
        for fine in [
            "-fgcse",
            "-mavx2",
            "--param max-unroll-times=4",
            "-Wno-x",
            "-pipe",
            "-O3",
            "-z now",
            "-g",
            "-Wl,-z,defs",
            "-Wl,-O1,--sort-common,--as-needed",
            "-Wl,--gc-sections",
            "-Wl,-Bsymbolic-functions",
            "-Wl,--hash-style=gnu",
            "-Wl,-rosegment",
            "-Wl,--no-rosegment",
            "-Wl,-z,relro,-z,now",
        ] {
            assert_eq!(Candidate::bare(fine).refused, None, "{fine:?}");
        }
    }
}

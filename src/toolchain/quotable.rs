//! What of a compiler's message may be kept in a profile: what it says of its options. A message about a source repeats that
//! source, and so whatever the source included.

use super::words::names;

/// What is kept of a message about a source.
const OF_SOURCE: &str = "an error in the source under these flags";
/// Programs that speak of options, of their own parts and of the machine; the rest of a name may be a version or a target.
const DRIVERS: [&str; 11] =
    ["gcc", "g++", "cc", "c++", "clang", "clang++", "cc1", "cc1plus", "lto1", "lto-wrapper", "collect2"];
/// What compilers put in place of their own name.
const UNNAMED: [&str; 4] = ["error", "fatal error", "warning", "<command-line>"];
/// What follows these is the compiler's picture of a source, or a name that stood in one.
const DUMPS: [&str; 2] = ["error in backend", "linker input file"];
/// What a linker may be quoted with; the names of symbols stand around it.
const LINKING: [&str; 7] = [
    "undefined reference",
    "undefined symbol",
    "multiple definition",
    "duplicate symbol",
    "relocation truncated to fit",
    "file not recognized",
    "cannot find",
];
/// What compilers and assemblers call an error in a source, without what they repeat of it.
const CALLED: [&str; 17] = [
    "internal compiler error: Segmentation fault",
    "internal compiler error",
    "Segmentation fault",
    "out of memory",
    "no such instruction",
    "static assertion failed",
    "target specific option mismatch",
    "inlining failed",
    "unknown type name",
    "implicit declaration of function",
    "call to undeclared function",
    "undeclared",
    "redefinition of",
    "#error",
    "No such file or directory",
    "Permission denied",
    "is not supported",
];
/// No option is longer that a message suggests.
const LONGEST: usize = 60;

/// What of a line by a compiler, an assembler or a linker may be kept; `options` are those it was called with.
pub fn quotable(line: &str, options: &[String]) -> String {
    let (speaker, rest) = line.split_once(": ").unwrap_or(("", line));
    let name = speaker.rsplit('/').next().unwrap_or_default();
    let named: Vec<&str> =
        options.iter().filter(|o| o.starts_with('-') && names(line, o)).map(String::as_str).collect();
    let of_options = match named.is_empty() {
        true => String::new(),
        false => format!("; the message names {}", named.join(", ")),
    };
    let called = CALLED.iter().find(|what| line.contains(**what)).map(|what| format!(": {what}"));
    let of_source = format!("{OF_SOURCE}{}{of_options}", called.unwrap_or_default());
    if DUMPS.iter().any(|dump| line.contains(dump)) {
        return of_source;
    }
    if is_linker(name) {
        let what = LINKING.iter().find(|what| rest.contains(**what));
        return match what {
            Some(what) => format!("{name}: {what}{of_options}"),
            None if named.is_empty() => format!("{name}: the link fails under these flags"),
            None => format!("{speaker}: {}", without_foreign_quotes(rest, options)),
        };
    }
    let is_driver = DRIVERS.iter().any(|driver| {
        let at = name.rfind(driver).filter(|at| *at == 0 || name[..*at].ends_with('-'));
        at.is_some_and(|at| {
            name[at + driver.len()..].chars().all(|c| c == '-' || c == '.' || c.is_ascii_digit())
        })
    });
    match is_driver || UNNAMED.contains(&name) {
        true => format!("{speaker}: {}", without_foreign_quotes(rest, options)),
        false => of_source,
    }
}

/// Whether a program of this name links.
fn is_linker(name: &str) -> bool {
    let plain = name.rsplit('-').next().unwrap_or(name);
    plain == "ld" || name.starts_with("ld.") || plain.starts_with("ld.") || name == "mold"
}

/// A message in which what is quoted is an option, or a part of one that the compiler was called with.
fn without_foreign_quotes(text: &str, options: &[String]) -> String {
    let plain = text.replace(['\u{2018}', '\u{2019}', '`'], "'").replace(['\u{201c}', '\u{201d}'], "\"");
    let mut kept = String::new();
    let mut rest = plain.as_str();
    while let Some(open) = rest.find(['\'', '"']) {
        let quote = if rest[open..].starts_with('"') { '"' } else { '\'' };
        let after = &rest[open + 1..];
        let Some(end) = after.find(quote) else { break };
        let piece = &after[..end];
        let own = is_option(piece) || (!piece.is_empty() && options.iter().any(|o| o.contains(piece)));
        kept += &rest[..=open];
        kept += if own { piece } else { "…" };
        kept.push(quote);
        rest = &after[end + 1..];
    }
    kept + rest
}

fn is_option(piece: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+,.".contains(c);
    piece.starts_with('-') && piece.len() <= LONGEST && piece.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> String {
        quotable(line, &["-O3", "-march=znver9", "-fbogus", "-Wl,--bogus"].map(String::from))
    }

    #[test]
    fn what_is_said_of_options_stays() {
        for line in [
            "gcc: error: unrecognized command-line option '-fbogus'; did you mean '-fabs'?",
            "x86_64-linux-gnu-gcc-12: error: unrecognized command-line option '-fbogus'",
            "clang-19: error: unknown argument: '-fbogus'",
            "cc1: error: bad value 'znver9' for '-march=' switch",
            "/usr/bin/ld: unrecognized option '--bogus'",
            "gcc: fatal error: Killed signal terminated program cc1",
            "error: unable to execute command: Segmentation fault",
        ] {
            assert_eq!(of(line), line);
        }
    }

    #[test]
    fn what_is_said_of_sources_goes() {
        for line in [
            "/etc/passwd:1:5: error: expected '=' before ':' token root:x:0:0",
            "mine.c:3:2: error: #error SECRET",
            "mine.c:3:2: error: static assertion failed: \"SECRET\"",
            "SECRET: error: no",
            "root:x:0:0:SECRET:/root:/bin/sh",
            "In file included from SECRET:1:",
            "/tmp/cc1.s:4: Error: no such instruction: `SECRET'",
            "<inline asm>:1:9: error: SECRET",
            "fatal error: error in backend: Cannot select: SECRET",
            "gcc: error: SECRET: linker input file not found: No such file or directory",
            "/usr/bin/ld: /tmp/x.o: in function `SECRET':",
            "/usr/bin/ld: k.c:(.text+0x5): undefined reference to `SECRET'",
            "ld.lld: error: undefined symbol: SECRET",
            "cc1: error: bad value 'SECRET' for '-march=' switch",
            "cc1: error: bad value \u{2018}SECRET\u{2019} for \"SECRET\"",
        ] {
            assert!(!of(line).contains("SECRET") && !of(line).is_empty(), "{line}: {}", of(line));
        }
        assert_eq!(
            of("mine.c:1: error: SECRET needs -O3 here"),
            format!("{OF_SOURCE}; the message names -O3")
        );
        assert_eq!(
            of("x.s:4: Error: no such instruction: `SECRET'"),
            format!("{OF_SOURCE}: no such instruction")
        );
        assert_eq!(of("/usr/bin/ld: k.o: undefined reference to `f'"), "ld: undefined reference");
    }
}

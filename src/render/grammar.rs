//! What a flag must look like before any policy is asked. A profile is untrusted input.

use serde::Deserialize;
use std::sync::LazyLock;

/// Longer options exist nowhere.
const MAX_BYTES: usize = 120;

/// `probes/refused.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    linker: Vec<String>,
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    why: String,
    source: String,
    flags: Vec<String>,
}

static REFUSED: LazyLock<Option<Refused>> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/refused.toml")).ok());

/// Whether `flag` matches `pattern`, an option that may end in `*`.
pub fn matches(pattern: &str, flag: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(stem) => flag.starts_with(stem),
        None => flag == pattern,
    }
}

/// Why no renderer writes this flag, whatever the package; `None` where its form is in order.
pub fn refusal(flag: &str) -> Option<String> {
    let Some(table) = REFUSED.as_ref() else {
        return Some("the table of refused options does not load".into());
    };
    if let Some(reason) = malformed(flag) {
        return Some(reason);
    }
    if flag.starts_with("-Wl,") {
        let known = table.linker.iter().any(|l| l == flag);
        return (!known).then(|| "a linker option outside the list of harmless ones".into());
    }
    table
        .rule
        .iter()
        .find(|r| r.flags.iter().any(|p| matches(p, flag)))
        .map(|r| format!("{} ({})", r.why, r.source))
}

/// A flag as an error or a note shows it: the profile's words cannot break the line.
pub(super) fn quoted(flag: &str) -> String {
    super::quote::line(flag)
}

/// The form: one word of a family that generates code.
fn malformed(flag: &str) -> Option<String> {
    if flag.is_empty() {
        return Some("an empty word is no flag".into());
    }
    if flag.len() > MAX_BYTES {
        return Some(format!("{} bytes long, no option is longer than {MAX_BYTES}", flag.len()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-=+,._:".contains(c);
    if let Some(c) = flag.chars().find(|c| !allowed(*c)) {
        return Some(format!("has the character {:?}, which no code generation option needs", c));
    }
    let value = |stem: &str| flag.strip_prefix(stem).is_some_and(|v| !v.is_empty());
    let level = || flag.strip_prefix("-O").is_some_and(|v| matches!(v, "0" | "1" | "2" | "3" | "fast" | "g" | "s" | "z"));
    let named = |stem: &str| {
        flag.strip_prefix(stem).and_then(|v| v.chars().next()).is_some_and(|c| c.is_ascii_alphanumeric())
    };
    let parameter = value("--param=") && flag.matches('=').count() == 2;
    let family = named("-f") || named("-m") || level() || parameter || value("-Wl,");
    (!family).then(|| "not an option that generates code (-f, -m, -O, --param=NAME=VALUE)".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_loads_and_has_no_duplicate() {
        let table = REFUSED.as_ref().expect("probes/refused.toml");
        let mut all: Vec<&String> = table.rule.iter().flat_map(|r| &r.flags).collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "a pattern stands in two rules");
        assert!(table.rule.iter().all(|r| !r.why.is_empty() && !r.source.is_empty()));
        assert!(table.rule.is_sorted_by_key(|r| &r.why));
    }

    #[test]
    fn takes_code_generation_and_nothing_else() {
        for good in [
            "-O3", "-march=skylake", "-mtune=znver4", "-mno-avx512f", "-fno-plt", "-fno-semantic-interposition",
            "-march=armv8.2-a+crypto", "--param=max-inline-insns-auto=30", "-Wl,-O1", "-mprefer-vector-width=256",
        ] {
            assert_eq!(refusal(good), None, "{good}");
        }
        for bad in [
            "", "-", "-f", "-m", "-O", "-O9", "--param", "--param=x", "-march=native", "-mtune=native", "-mcpu=native",
            "-pipe", "-fplugin=evil.so", "-fplugin-arg-a-b", "-specs=a", "--specs=a", "@file", "-B/tmp", "-Btmp",
            "-wrapper", "-o", "-x", "-include", "-I.", "-Ofast", "-ffast-math", "-O3 -pipe", "-O3\n-pipe", "-march=a\"",
            "-march=${x}", "-march=a'", "-march=a\\", "-m32", "-fuse-ld=mold", "-Wl,-rpath,x", "-Wl,--wrap=x", "-Wl,",
            "-fno-stack-protector", "-fcf-protection=none", "-Dx", "-Ux", "-Wall", "-g", "-c", "-E", "-static",
            "-fprofile-use", "-fsanitize=address", "-fdump-tree-all", "-march=é", "-march=a b", "O3", "-Wa,-x",
        ] {
            assert!(refusal(bad).is_some(), "{bad:?}");
        }
        assert!(refusal(&format!("-m{}", "a".repeat(1 << 16))).is_some());
    }
}

//! No flag may promise the CPU more than it offers: a kernel that does not happen to run the instruction would pass.

use crate::catalogue::{Features, microarchitectures};
use crate::toolchain::{Compiler, Family, MarchChoice, state};
use std::collections::BTreeSet;

/// Why some words promise more than the host offers; `None` where they do not. `offered` holds gcc option names.
pub fn too_much(
    compiler: &Compiler,
    choice: &MarchChoice,
    offered: &[String],
    words: &[String],
) -> Option<String> {
    let table = Features::get();
    let offered: BTreeSet<String> = offered.iter().cloned().collect();
    let lacks = |feature: &str| {
        table.names.contains(feature) && !offered.contains(feature) && !table.is_inert(feature, &offered)
    };
    for word in words {
        if let Some(feature) = word.strip_prefix("-m").filter(|f| lacks(f)) {
            return Some(format!("this CPU, or its system, does not offer {feature}"));
        }
        let Some(name) = word.strip_prefix("-march=").or_else(|| word.strip_prefix("-mcpu=")) else {
            continue;
        };
        if name == choice.march {
            continue;
        }
        // A level is known by its features, whatever the compiler.
        let level = microarchitectures()
            .ok()
            .and_then(|table| table.get(name))
            .filter(|_| name.starts_with("x86-64"));
        if let Some(level) = level {
            match level.features.iter().find(|f| lacks(f)) {
                Some(missing) => {
                    return Some(format!(
                        "{name} implies {missing}, which this CPU, or its system, does not offer"
                    ));
                }
                None => continue,
            }
        }
        if compiler.family == Family::Clang {
            return Some(format!("{name} is not what was decided for this CPU, {}", choice.march));
        }
        // An older or a plainer name is fine as long as everything it implies is there.
        let Ok(implied) = state(compiler, std::slice::from_ref(word)) else { continue };
        let enabled = implied.iter().filter(|(_, value)| *value == "[enabled]");
        let missing = enabled.filter_map(|(option, _)| option.strip_prefix("-m")).find(|f| lacks(f));
        if let Some(missing) = missing {
            return Some(format!("{name} implies {missing}, which this CPU, or its system, does not offer"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn what_the_host_lacks_is_refused_and_what_it_has_is_not() {
        let gcc = Compiler::ask(Path::new("gcc")).unwrap();
        let choice = MarchChoice { march: "skylake".into(), ..Default::default() };
        let offered: Vec<String> =
            "sse sse2 sse3 ssse3 sse4.1 sse4.2 popcnt cx16 sahf avx avx2 bmi bmi2 f16c fma \
            lzcnt movbe xsave fxsr mmx"
                .split_whitespace()
                .map(String::from)
                .collect();
        let of = |word: &str| too_much(&gcc, &choice, &offered, &[word.to_string()]);
        for fine in [
            "-march=skylake",
            "-march=x86-64-v3",
            "-march=x86-64",
            "-mavx2",
            "-mno-avx512f",
            "-O3",
            "-mtune=znver3",
        ] {
            assert_eq!(of(fine), None, "{fine}");
        }
        for more in ["-march=x86-64-v4", "-march=icelake-server", "-mavx512f", "-mfma4"] {
            assert!(of(more).is_some_and(|why| why.contains("not offer")), "{more}");
        }
    }
}

//! What the words of a command line name: packages, kernels, profiles.

use super::common::Common;
use super::output::Stop;
use hwtune::catalogue::Risk;
use hwtune::text::place;
use std::path::{Path, PathBuf};

/// Endings of C++ files.
const CXX: [&str; 4] = ["cc", "cpp", "cxx", "C"];

/// Splits positional words into packages and files with kernels: what has a slash or the ending of a C file is a file.
pub fn subjects(words: &[String]) -> (Vec<String>, Vec<PathBuf>) {
    let is_file = |w: &&String| {
        w.contains('/') || Path::new(w).extension().is_some_and(|e| e == "c" || CXX.iter().any(|c| e == *c))
    };
    let (files, packages): (Vec<&String>, Vec<&String>) = words.iter().partition(is_file);
    (list(packages), files.into_iter().map(PathBuf::from).collect())
}

/// Refuses a base flag under which code cannot be measured: it is loaded into the measuring process as a shared object. What the
/// flag names, as a folder of headers, compilers may read from now on.
pub fn measurable(flag: &str) -> anyhow::Result<()> {
    let why = match flag {
        "-m32" | "-mx32" | "-m16" => "makes code for another kind of process than hwtune measures in",
        "-static" | "-static-pie" | "-pie" => "makes a program, and what is measured is a shared object",
        "-fsanitize=address" | "-fsanitize=thread" | "-fsanitize=memory" | "-fsanitize=leak" => {
            "needs its library in the program itself, and what is measured is a shared object"
        }
        _ => {
            readable(flag);
            return Ok(());
        }
    };
    Err(Stop::usage(format!("--base: {flag}: {why}; leave it out")).into())
}

/// Lets compilers read the files and folders that a flag of the user's own names.
pub fn readable(flag: &str) {
    // A relative name counts from the build directory, not from here.
    for path in hwtune::toolchain::named(flag, Path::new("/nonexistent")) {
        hwtune::files::allow_reading(&path);
    }
}

/// Refuses a kernel in another language than C.
pub fn is_c(file: &Path) -> anyhow::Result<()> {
    if !file.extension().is_some_and(|e| CXX.iter().any(|c| e == *c)) {
        return Ok(());
    }
    let file = place(file);
    Err(Stop::usage(format!(
        "kernel {file}: a C++ file, and kernels are C: put its loop into a C file, or time a library with compare"
    ))
    .into())
}

/// Refuses to write the profile over what the run reads.
pub fn is_no_input<'a>(output: &Path, inputs: impl IntoIterator<Item = &'a PathBuf>) -> anyhow::Result<()> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let same = |input: &&PathBuf| real(input).is_some_and(|input| Some(input) == real(output));
    match inputs.into_iter().find(same) {
        Some(input) => {
            let input = place(input);
            Err(Stop::usage(format!("-o {input}: this run reads that file; give the profile another name"))
                .into())
        }
        None => Ok(()),
    }
}

/// Names of repeated options and positional words, each of which may hold several with commas, each once.
pub fn list<'a>(words: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in words.into_iter().flat_map(|w| w.split(',')).map(str::trim).filter(|n| !n.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.into());
        }
    }
    names
}

/// Files of repeated options and positional words, each of which may hold several with commas; a file whose name has a comma is
/// taken as it is.
pub fn files(words: &[PathBuf]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for word in words {
        let several = word.to_str().filter(|text| text.contains(',') && !word.exists());
        let parts: Vec<PathBuf> = match several {
            Some(text) => {
                text.split(',').map(str::trim).filter(|p| !p.is_empty()).map(PathBuf::from).collect()
            }
            None => vec![word.clone()],
        };
        files.extend(parts);
    }
    files
}

/// What repeated options allow, each of which may hold several with commas. A flag may hold commas itself: what follows one and
/// is neither PACKAGE:FLAG nor a class of risk belongs to what stands before.
pub fn allowed(words: &[String]) -> Vec<String> {
    parted(words, |part| part.contains(":-") || Risk::REFUSED.iter().any(|risk| risk.name() == part))
}

/// What repeated options hold, parted at commas: what follows a comma and does not begin anything belongs to what stands before.
pub fn parted(words: &[String], begins: impl Fn(&str) -> bool) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        for (at, part) in word.split(',').enumerate() {
            match all.last_mut().filter(|_| at > 0 && !begins(part)) {
                Some(before) => *before += &format!(",{part}"),
                None => all.push(part.into()),
            }
        }
    }
    all
}

/// The profile that a positional word or `--profile` names: both at once must be one and the same.
pub fn profile(word: Option<&PathBuf>, common: &Common) -> anyhow::Result<Common> {
    let mut common = common.clone();
    match (word, &common.profile) {
        (Some(word), Some(option)) if word != option => {
            let (word, option) = (place(word), place(option));
            return Err(Stop::usage(format!("two profiles, {word} and --profile {option}: give one")).into());
        }
        (Some(word), _) => common.profile = Some(word.clone()),
        (None, _) => {}
    }
    Ok(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_repetition_are_alike() {
        let strings = |all: &[&str]| all.iter().map(|w| w.to_string()).collect::<Vec<_>>();
        assert_eq!(list(&strings(&["a,b", "b", " c ,"])), ["a", "b", "c"]);
        let words = strings(&["zlib:-O3,glibc:-Wl,-z,now", "abi,global-state", "glibc:-falign-loops=32,16"]);
        let wanted = ["zlib:-O3", "glibc:-Wl,-z,now", "abi", "global-state", "glibc:-falign-loops=32,16"];
        assert_eq!(allowed(&words), wanted);
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("a,b.c");
        std::fs::write(&odd, "").unwrap();
        assert_eq!(files(&[odd.clone(), "x.c,y.c".into()]), [odd, "x.c".into(), "y.c".into()]);
    }

    #[test]
    fn words_are_packages_or_files() {
        let words = ["zlib,glibc", "mine.c", "./k", "zlib"].map(String::from);
        let (packages, kernels) = subjects(&words);
        assert_eq!(packages, ["zlib", "glibc"]);
        assert_eq!(kernels, [PathBuf::from("mine.c"), PathBuf::from("./k")]);
    }
}

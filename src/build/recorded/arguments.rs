//! From a command line to steps: one for each file that it compiles, one for what it links.

use super::archive;
use super::command_line::{Line, expanded, settled};
use super::document::{Input, Step, StepKind};
use super::tools::{ToolKind, Tools};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A command as it was called.
#[derive(Clone, Debug)]
pub(super) struct Called<'c> {
    pub program: &'c Path,
    pub folder: &'c Path,
    pub arguments: &'c [String],
    pub environment: BTreeMap<String, String>,
}

/// What a file is to a compiler driver.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    /// C or C++.
    Source,
    Assembler,
    /// The linker's.
    Object,
}

/// The steps of a command; none where it answers a question, preprocesses or only changes what is there.
pub(super) fn steps(called: &Called, kind: ToolKind, tools: &Tools) -> Vec<Step> {
    let words = expanded(called.arguments, called.folder);
    match kind {
        ToolKind::Compiler => compiler(called, &words, tools),
        ToolKind::Archiver => archive::step(called, &words).into_iter().collect(),
        ToolKind::Linker => linker(called, &words, tools).into_iter().collect(),
    }
}

fn step(called: &Called, kind: StepKind, arguments: Vec<String>, output: PathBuf) -> Step {
    Step {
        kind,
        program: called.program.to_path_buf(),
        folder: called.folder.to_path_buf(),
        arguments,
        inputs: Vec::new(),
        output,
        sha256: String::new(),
        environment: called.environment.clone(),
    }
}

fn compiler(called: &Called, words: &[String], tools: &Tools) -> Vec<Step> {
    let line = Line::read(words, false, &tools.words);
    if line.is_question || line.inputs.is_empty() {
        return Vec::new();
    }
    let language =
        |(at, given): &(usize, Option<String>)| language(&line.words[*at], given.as_deref(), tools);
    let sources: Vec<_> = line.inputs.iter().filter(|i| language(i) != Language::Object).collect();
    // What comes from a pipe is gone.
    if sources.iter().any(|(at, _)| line.words[*at] == "-") {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let linked = (!line.compiles_only).then(|| line.output.clone().unwrap_or_else(|| "a.out".into()));
    let mut made: BTreeMap<usize, PathBuf> = BTreeMap::new();
    for input in &sources {
        let at = input.0;
        let source = &line.words[at];
        let output = match (&linked, &line.output) {
            // A file of its own it never was; the name is one that nothing else has.
            (Some(program), _) => settled(called.folder, program).join(format!("{at}.o")),
            (None, Some(output)) => settled(called.folder, output),
            (None, None) => {
                let stem = Path::new(source).file_stem().unwrap_or_default().to_string_lossy().into_owned();
                settled(called.folder, &format!("{stem}.o"))
            }
        };
        let others = |i: usize| i != at && line.inputs.iter().any(|(other, _)| *other == i);
        let kept: Vec<usize> = (0..line.words.len()).filter(|i| !others(*i)).collect();
        let kind = match language(input) {
            Language::Assembler => StepKind::Assemble,
            _ => StepKind::Compile,
        };
        let words = kept.iter().map(|i| line.words[*i].clone()).collect();
        let mut one = step(called, kind, words, output.clone());
        let place = kept.iter().position(|i| *i == at).unwrap_or_default();
        one.inputs.push(Input { at: place, path: settled(called.folder, source), from: None });
        steps.push(one);
        made.insert(at, output);
    }
    if let Some(program) = linked {
        let kind = match () {
            () if line.has(&["-r", "-Wl,-r", "--relocatable"]) => StepKind::Relocatable,
            () if line.has(&["-shared", "--shared"]) => StepKind::Shared,
            () => StepKind::Program,
        };
        // `-x c` is for the sources, which are objects now.
        let mut arguments = Vec::new();
        let mut inputs = Vec::new();
        let mut skip = false;
        for (at, word) in line.words.iter().enumerate() {
            if std::mem::take(&mut skip) {
                continue;
            }
            if word == "-x" || (word.starts_with("-x") && word.len() > 2) {
                skip = word == "-x";
                continue;
            }
            if line.inputs.iter().any(|(input, _)| *input == at) {
                let path = made.get(&at).cloned().unwrap_or_else(|| settled(called.folder, word));
                inputs.push(Input { at: arguments.len(), path, from: None });
            }
            arguments.push(word.clone());
        }
        inputs.extend(libraries(called, &arguments));
        let mut one = step(called, kind, arguments, settled(called.folder, &program));
        one.inputs = inputs;
        steps.push(one);
    }
    steps
}

fn linker(called: &Called, words: &[String], tools: &Tools) -> Option<Step> {
    let line = Line::read(words, true, &tools.words);
    if line.is_question || line.inputs.is_empty() {
        return None;
    }
    let kind = match () {
        () if line.has(&["-r", "-i", "--relocatable", "-Ur"]) => StepKind::Relocatable,
        () if line.has(&["-shared", "--shared", "-Bshareable", "-G"]) => StepKind::Shared,
        () => StepKind::Program,
    };
    let output = line.output.clone().unwrap_or_else(|| "a.out".into());
    let mut one = step(called, kind, line.words.clone(), settled(called.folder, &output));
    one.inputs = line
        .inputs
        .iter()
        .map(|(at, _)| Input { at: *at, path: settled(called.folder, &line.words[*at]), from: None })
        .collect();
    let named = libraries(called, &one.arguments);
    one.inputs.extend(named);
    Some(one)
}

/// Libraries that `-l` names, where a folder of `-L` holds them: the build may have made them.
fn libraries(called: &Called, words: &[String]) -> Vec<Input> {
    let after = |option: &str| -> Vec<(usize, String)> {
        let value = |(at, word): (usize, &String)| match word.strip_prefix(option)? {
            "" => words.get(at + 1).map(|next| (at + 1, next.clone())),
            joined => Some((at, joined.to_string())),
        };
        words.iter().enumerate().filter_map(value).collect()
    };
    let folders: Vec<PathBuf> =
        after("-L").into_iter().map(|(_, folder)| called.folder.join(folder)).collect();
    let forms: &[&str] = if words.iter().any(|w| w == "-static") { &["a"] } else { &["so", "a"] };
    let found = |(at, name): (usize, String)| {
        let files = folders
            .iter()
            .flat_map(|f| forms.iter().map(|form| f.join(format!("lib{name}.{form}"))).collect::<Vec<_>>());
        let path = files.into_iter().find(|file| file.is_file())?;
        Some(Input { at, path: settled(called.folder, &path.to_string_lossy()), from: None })
    };
    after("-l").into_iter().filter_map(found).collect()
}

fn language(file: &str, given: Option<&str>, tools: &Tools) -> Language {
    match given {
        Some(name) if name.starts_with("assembler") => return Language::Assembler,
        Some(_) => return Language::Source,
        None => {}
    }
    let extension = Path::new(file).extension().unwrap_or_default().to_string_lossy().into_owned();
    match () {
        () if file == "-" => Language::Source,
        () if tools.words.c.contains(&extension) || tools.words.cxx.contains(&extension) => Language::Source,
        () if tools.words.assembler.contains(&extension) => Language::Assembler,
        () => Language::Object,
    }
}

/// Whether a step compiles C++, by its program or its file.
pub(super) fn is_cxx(step: &Step, tools: &Tools) -> bool {
    let name = step.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let extension = |i: &Input| i.path.extension().unwrap_or_default().to_string_lossy().into_owned();
    name.contains("++") || step.inputs.iter().any(|i| tools.words.cxx.contains(&extension(i)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ToolKind, text: &str) -> Vec<Step> {
        let arguments = shlex::split(text).unwrap();
        let called = Called {
            program: Path::new("/usr/bin/gcc"),
            folder: Path::new("/nowhere"),
            arguments: &arguments,
            environment: BTreeMap::new(),
        };
        steps(&called, kind, &Tools::load().unwrap())
    }

    #[test]
    fn a_command_that_compiles_and_links_is_several_steps() {
        let all = of(ToolKind::Compiler, "-O2 a.c -DX=1 b.S lib.a -o prog -lm");
        let kinds: Vec<StepKind> = all.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [StepKind::Compile, StepKind::Assemble, StepKind::Program]);
        assert_eq!(all[0].arguments, ["-O2", "a.c", "-DX=1", "-lm"]);
        assert_eq!((all[1].inputs[0].at, &*all[1].arguments[all[1].inputs[0].at]), (2, "b.S"));
        assert_eq!(all[2].inputs[0].path, all[0].output);
        assert_eq!(all[2].inputs[2].path, Path::new("/nowhere/lib.a"));
        assert_eq!(all[2].output, Path::new("/nowhere/prog"));
    }

    #[test]
    fn kinds_follow_from_the_words() {
        let kind = |tool, text: &str| of(tool, text).last().map(|s| (s.kind, s.output.clone()));
        let path = |name: &str| PathBuf::from(format!("/nowhere/{name}"));
        let compiler = |text: &str| kind(ToolKind::Compiler, text);
        assert_eq!(compiler("-c x.cpp"), Some((StepKind::Compile, path("x.o"))));
        assert_eq!(compiler("-shared x.o -o x.so"), Some((StepKind::Shared, path("x.so"))));
        assert_eq!(compiler("-r x.o -o y.o -nostdlib"), Some((StepKind::Relocatable, path("y.o"))));
        assert_eq!(compiler("x.o"), Some((StepKind::Program, path("a.out"))));
        assert_eq!(compiler("-x c -c odd.name -o y.o"), Some((StepKind::Compile, path("y.o"))));
        assert_eq!(compiler("-E x.c"), None);
        assert_eq!(compiler("-x c -c - -o y.o"), None);
        let linker = |text: &str| kind(ToolKind::Linker, text);
        assert_eq!(linker("-r -o y.o -S x.o -E"), Some((StepKind::Relocatable, path("y.o"))));
        assert_eq!(linker("--version"), None);
        let archiver = |text: &str| kind(ToolKind::Archiver, text);
        assert_eq!(archiver("rcs lib.a x.o y.o"), Some((StepKind::Archive, path("lib.a"))));
        assert_eq!(archiver("t lib.a"), None);
    }
}

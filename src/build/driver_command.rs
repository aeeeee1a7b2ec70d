//! What the driver of gcc would run: `gcc -###` as command lines for `cc1` and `as`.

use std::path::{Path, PathBuf};

/// Names that stand for a unit in what the driver is asked.
pub(super) const SOURCE: &str = "hwtune-unit.c";
/// The same for preprocessed text.
pub(super) const TEXT: &str = "hwtune-unit.i";
/// The object it would make.
pub(super) const OBJECT: &str = "hwtune-unit.o";

/// The two commands of one compilation, with places for the files.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub cc1: PathBuf,
    compile: Vec<Word>,
    pub assembler: PathBuf,
    assemble: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Plain(String),
    Input,
    Assembly,
    Object,
}

impl Line {
    /// Reads the driver's answer. `None` unless it would run `cc1` once and then an assembler once, each with the
    /// files that are expected: anything else is for the driver alone.
    pub(super) fn parse(said: &str, engine: &Path) -> Option<Line> {
        let commands: Vec<Vec<String>> =
            said.lines().filter(|l| l.starts_with(' ')).map(shlex::split).collect::<Option<_>>()?;
        let [compile, assemble] = &commands[..] else { return None };
        let (cc1, compile) = compile.split_first()?;
        let (assembler, assemble) = assemble.split_first()?;
        let cc1 = PathBuf::from(cc1);
        if cc1.file_name()? != "cc1" || cc1.canonicalize().ok()? != engine {
            return None;
        }
        if Path::new(assembler).file_name()? != "as" {
            return None;
        }
        // The assembly's name is the driver's own choice.
        let assembly = compile.iter().position(|w| w == "-o").and_then(|at| compile.get(at + 1))?;
        if !Path::new(assembly).is_absolute() {
            return None;
        }
        let known = |word: &String, before: Option<&String>| match word.as_str() {
            w if w == assembly => Word::Assembly,
            OBJECT => Word::Object,
            // It is a name to be written as well as a file to be read.
            SOURCE | TEXT if before.is_none_or(|b| b != "-dumpbase") => Word::Input,
            _ => Word::Plain(word.clone()),
        };
        let words = |all: &[String]| -> Vec<Word> {
            all.iter().enumerate().map(|(i, w)| known(w, i.checked_sub(1).and_then(|b| all.get(b)))).collect()
        };
        let (compile, assemble) = (words(compile), words(assemble));
        let count = |all: &[Word], one: Word| all.iter().filter(|w| **w == one).count();
        let whole = count(&compile, Word::Input) == 1
            && count(&compile, Word::Assembly) == 1
            && count(&assemble, Word::Assembly) == 1
            && count(&assemble, Word::Object) == 1;
        whole.then(|| Line { cc1, compile, assembler: assembler.into(), assemble })
    }

    /// Arguments of `cc1`.
    pub(super) fn compile(&self, input: &str, assembly: &str) -> Vec<String> {
        fill(&self.compile, input, assembly, OBJECT)
    }

    /// Arguments of `as`.
    pub(super) fn assemble(&self, assembly: &str, object: &str) -> Vec<String> {
        fill(&self.assemble, SOURCE, assembly, object)
    }
}

fn fill(words: &[Word], input: &str, assembly: &str, object: &str) -> Vec<String> {
    let filled = |word: &Word| match word {
        Word::Plain(word) => word.clone(),
        Word::Input => input.to_string(),
        Word::Assembly => assembly.to_string(),
        Word::Object => object.to_string(),
    };
    words.iter().map(filled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Target: x86_64-linux-gnu\nCOLLECT_GCC_OPTIONS='-O2'\n \
        ENGINE -quiet -D \"A=\\\"x y\\$\\\"\" hwtune-unit.c -quiet -dumpbase hwtune-unit.c -O2 -o /tmp/ccx.s\n\
        COLLECT_GCC_OPTIONS='-O2'\n as --64 -o hwtune-unit.o /tmp/ccx.s\nLIBRARY_PATH=/usr\n";

    #[test]
    fn the_drivers_lines_are_filled_in() {
        let folder = tempfile::tempdir().unwrap();
        let engine = folder.path().canonicalize().unwrap().join("cc1");
        std::fs::write(&engine, "").unwrap();
        let said = SAID.replace("ENGINE", &engine.display().to_string());
        let line = Line::parse(&said, &engine).unwrap();
        let compile = line.compile("u.c", "1.s").join(" ");
        assert_eq!(compile, "-quiet -D A=\"x y$\" u.c -quiet -dumpbase hwtune-unit.c -O2 -o 1.s");
        assert_eq!(line.assemble("1.s", "1.o").join(" "), "--64 -o 1.o 1.s");
        // Another program behind the driver, a third command, a pipe, nothing at all.
        assert_eq!(Line::parse(&said, Path::new("/elsewhere/cc1")), None);
        assert_eq!(Line::parse(&format!("{said} objcopy hwtune-unit.o\n"), &engine), None);
        assert_eq!(Line::parse(&said.replace("/tmp/ccx.s", "-"), &engine), None);
        assert_eq!(Line::parse("gcc: error: no\n", &engine), None);
    }
}

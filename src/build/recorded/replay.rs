//! One target of a recorded build, ready to be built again: its units, and how they become objects.

use super::arguments::is_cxx;
use super::depends;
use super::document::{RecordError, RecordedBuild, Step, StepKind};
use super::readable::{Again, readable};
use super::replayed_link::members_used;
use super::target::{Wanted, find, soname};
use super::tools::Tools;
use super::units::ends_in;
use crate::catalogue::Unit;
use crate::toolchain::{Finished, Launcher};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folder of names under which recorded units go.
const UNITS: &str = "recorded/";

/// What is made of a target.
#[derive(Clone, Debug)]
pub enum Goal {
    /// Its objects are linked with a driver: a library with one of these SONAMEs; with none the only library there is.
    Library(Vec<String>),
    /// It is linked as it was: the program that one of the words names, from a folder.
    Product(Vec<String>, PathBuf),
    /// It is linked as it was: a library with one of these SONAMEs. Only objects whose paths end in one of the globs are made
    /// again, all where there are none.
    Linked(Vec<String>, Vec<String>),
}

/// One target of a recorded build.
#[derive(Debug)]
pub struct Replay {
    pub(super) build: RecordedBuild,
    pub(super) target: usize,
    pub(super) is_product: bool,
    /// Steps of C and C++, in the order of their objects.
    pub(super) units: Vec<usize>,
    /// Steps of assembly.
    pub(super) assembled: Vec<usize>,
    /// Of an archive: the members that the link takes.
    pub(super) used: BTreeMap<usize, Vec<usize>>,
    /// Libraries and objects of the build that are linked as they were built.
    left: Vec<PathBuf>,
    keys: BTreeMap<usize, String>,
    /// What its programs may read when they run again.
    pub(in crate::build) readable: Vec<PathBuf>,
    flags: Vec<String>,
    is_uniform: bool,
    has_cxx: bool,
    lacks_pic: bool,
    /// Units that the target is made of, made again or not.
    whole: usize,
}

impl Replay {
    /// Chooses a target, finds what it is made of, and names what its units depend on. `scratch` is for what the commands
    /// write meanwhile.
    pub fn new(
        build: RecordedBuild,
        goal: &Goal,
        target: Option<&Path>,
        launcher: &Launcher,
        scratch: &Path,
    ) -> Result<Replay, RecordError> {
        let tools = Tools::load().map_err(|e| RecordError::new("recorded.toml", e, "report it"))?;
        let (wanted, is_product) = match goal {
            Goal::Library(sonames) if sonames.is_empty() => (Wanted::AnyLibrary, false),
            Goal::Library(sonames) => (Wanted::Library(sonames), false),
            Goal::Product(words, folder) => (Wanted::Program(words, folder), true),
            Goal::Linked(sonames, _) => (Wanted::Library(sonames), true),
        };
        let target = find(&build, &target.map_or(wanted, Wanted::Path))?;
        let mut reached = Reached::default();
        let readable = readable(&build);
        let again = Again { launcher, scratch, readable: &readable };
        let used = match is_product {
            true => members_used(&build, target, &again)?,
            false => BTreeMap::new(),
        };
        reached.visit(&build, target, &used, is_product);
        let Reached { mut units, mut assembled, left, .. } = reached;
        let whole = units.len();
        if let Goal::Linked(_, globs) = goal
            && !globs.is_empty()
        {
            assembled.clear();
            units.retain(|unit| ends_in(&build.steps[*unit].output, globs));
        }
        let place = crate::text::place(&build.steps[target].output);
        if is_product && build.steps[target].kind == StepKind::Archive {
            return Err(RecordError::new(
                place,
                "is a static library",
                "name the program that is run with --target",
            ));
        }
        if units.is_empty() {
            let remedy = "record a build that compiles it";
            return Err(RecordError::new(place, "nothing recorded was compiled for it", remedy));
        }
        let keys = units
            .par_iter()
            .chain(&assembled)
            .map(|number| Ok((*number, depends::key(&build.steps[*number], &again)?)));
        let keys = keys.collect::<Result<BTreeMap<_, _>, RecordError>>()?;
        let plain: Vec<Vec<String>> = units.iter().map(|n| plain_flags(&build.steps[*n], &tools)).collect();
        let is_uniform = plain.iter().all(|flags| *flags == plain[0]);
        let common = |flag: &&String| plain.iter().all(|flags| flags.contains(flag));
        let flags: Vec<String> = plain[0].iter().filter(common).cloned().collect();
        let has_cxx = units.iter().any(|n| is_cxx(&build.steps[*n], &tools));
        let is_pic = |flags: &Vec<String>| flags.iter().any(|f| f == "-fPIC" || f == "-fpic");
        let lacks_pic = !is_product && !plain.iter().all(is_pic);
        Ok(Replay {
            build,
            target,
            is_product,
            units,
            assembled,
            used,
            left,
            keys,
            readable,
            flags,
            is_uniform,
            has_cxx,
            lacks_pic,
            whole,
        })
    }

    /// The recorded C and C++ as units of a kernel: what names them stands for all that they depend on.
    pub fn units(&self) -> Vec<Unit> {
        self.units.iter().map(|n| self.unit(*n)).collect()
    }

    /// The recorded assembly, which flags do not change.
    pub fn assembled(&self) -> Vec<Unit> {
        self.assembled.iter().map(|n| self.unit(*n)).collect()
    }

    fn unit(&self, number: usize) -> Unit {
        let key = self.keys.get(&number).cloned().unwrap_or_default();
        let pic = if self.lacks_pic { " -fPIC" } else { "" };
        Unit { file: format!("{UNITS}{number}"), text: key + pic }
    }

    /// The step behind a unit.
    pub(crate) fn step(&self, unit: &Unit) -> Option<&Step> {
        self.build.steps.get(unit.file.strip_prefix(UNITS)?.parse::<usize>().ok()?)
    }

    /// The flags that all units have, without macros, folders and warnings.
    pub fn flags(&self) -> &[String] {
        &self.flags
    }

    /// What a link of the objects with a driver needs beside them.
    pub fn libraries(&self) -> Vec<String> {
        let step = &self.build.steps[self.target];
        let mut words = Vec::new();
        let mut rest = step.arguments.iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "-l" | "-L" => words.extend(rest.next().map(|value| format!("{word}{value}"))),
                _ if word.starts_with("-l") || word == "-pthread" => words.push(word.clone()),
                _ => {
                    if let Some(folder) = word.strip_prefix("-L") {
                        words.push(format!("-L{}", step.folder.join(folder).display()));
                    }
                }
            }
        }
        if self.has_cxx {
            words.push("-lstdc++".into());
        }
        words
    }

    /// The file that the build made.
    pub fn product(&self) -> &Path {
        &self.build.steps[self.target].output
    }

    /// The SONAME of the product.
    pub fn soname(&self) -> Option<String> {
        soname(&self.build.steps[self.target])
    }

    /// Whether the product is linked as it was, and not with a driver.
    pub fn is_product(&self) -> bool {
        self.is_product
    }

    /// Whether one state of the compiler stands for all units: they are C under the same flags.
    pub fn is_uniform(&self) -> bool {
        self.is_uniform && !self.has_cxx
    }

    /// Whether the units are compiled position-independent, which they were not.
    pub fn lacks_pic(&self) -> bool {
        self.lacks_pic
    }

    /// Units that are made again, and all that the product is made of.
    pub fn share(&self) -> [usize; 2] {
        [self.units.len(), self.whole]
    }

    /// Files of the build that are linked as they were built.
    pub fn left(&self) -> &[PathBuf] {
        &self.left
    }

    /// Stands for how the product is linked; empty where it is linked with a driver.
    pub(crate) fn product_key(&self) -> String {
        if self.is_product { format!("{} {}", self.target, self.build.sha256()) } else { String::new() }
    }

    /// SHA-256 over the record and all that its units read.
    pub fn sha256(&self) -> String {
        let keys = self.keys.values().fold(self.build.sha256(), |all, key| all + key);
        crate::text::hex(&Sha256::digest(keys))
    }
}

/// What a target is made of.
#[derive(Default)]
struct Reached {
    units: Vec<usize>,
    assembled: Vec<usize>,
    left: Vec<PathBuf>,
    seen: BTreeSet<usize>,
}

impl Reached {
    fn visit(
        &mut self,
        build: &RecordedBuild,
        at: usize,
        used: &BTreeMap<usize, Vec<usize>>,
        is_product: bool,
    ) {
        if !self.seen.insert(at) {
            return;
        }
        for input in &build.steps[at].inputs {
            let Some(from) = input.from else {
                // An object that was there already, or whose command was not seen.
                let is_object =
                    input.path.extension().is_some_and(|e| ["o", "lo", "os", "a"].iter().any(|o| e == *o));
                let is_built = !matches!(build.steps[at].kind, StepKind::Compile | StepKind::Assemble);
                if is_object && is_built {
                    self.left.push(input.path.clone());
                }
                continue;
            };
            match build.steps[from].kind {
                StepKind::Compile if self.seen.insert(from) => self.units.push(from),
                StepKind::Assemble if self.seen.insert(from) => self.assembled.push(from),
                StepKind::Relocatable => self.visit(build, from, used, is_product),
                StepKind::Archive if !is_product => self.visit(build, from, used, is_product),
                StepKind::Archive => match used.get(&from) {
                    Some(members) => members.iter().for_each(|m| self.member(build, *m, used, is_product)),
                    None => self.left.push(input.path.clone()),
                },
                StepKind::Shared | StepKind::Program => self.left.push(input.path.clone()),
                StepKind::Compile | StepKind::Assemble => {}
            }
        }
    }

    fn member(
        &mut self,
        build: &RecordedBuild,
        at: usize,
        used: &BTreeMap<usize, Vec<usize>>,
        is_product: bool,
    ) {
        match build.steps[at].kind {
            StepKind::Compile if self.seen.insert(at) => self.units.push(at),
            StepKind::Assemble if self.seen.insert(at) => self.assembled.push(at),
            StepKind::Relocatable => self.visit(build, at, used, is_product),
            _ => {}
        }
    }
}

/// The flags of a unit that decide how its code is made.
fn plain_flags(step: &Step, tools: &Tools) -> Vec<String> {
    let mut flags = Vec::new();
    let mut rest = step.arguments.iter().enumerate();
    let is_input = |at: usize| step.inputs.iter().any(|i| i.at == at);
    while let Some((at, word)) = rest.next() {
        if is_input(at) || !word.starts_with('-') {
            continue;
        }
        if tools.words.separate.contains(word) {
            let value = rest.next().map(|(_, value)| value.clone()).unwrap_or_default();
            if ["--param", "-mllvm", "-target"].contains(&word.as_str()) {
                flags.extend([word.clone(), value]);
            }
            continue;
        }
        let other = [
            "-I",
            "-D",
            "-U",
            "-W",
            "-w",
            "-L",
            "-l",
            "-B",
            "-i",
            "-pipe",
            "-g",
            "-pedantic",
            "-std",
            "-ansi",
        ];
        if !other.iter().any(|prefix| word.starts_with(prefix)) {
            flags.push(word.clone());
        }
    }
    flags
}

/// A step's program and its arguments, with the recorded variables set. A compiler is started with a scrubbed environment.
pub(super) fn arguments_of(step: &Step) -> (PathBuf, Vec<String>) {
    if step.environment.is_empty() {
        return (step.program.clone(), step.arguments.clone());
    }
    let variables = step.environment.iter().map(|(name, value)| format!("{name}={value}"));
    let words = variables.chain([step.program.display().to_string()]).chain(step.arguments.iter().cloned());
    (which::which("env").unwrap_or_else(|_| "/usr/bin/env".into()), words.collect())
}

/// The first line in which a program tells an error.
pub(super) fn first_error(said: &Finished) -> String {
    let telling = ["error", "undefined", "multiple", "cannot", "No such file"];
    let line = said.stderr.lines().find(|l| telling.iter().any(|t| l.contains(t)));
    let line = line.or_else(|| said.stderr.lines().find(|l| !l.trim().is_empty()));
    line.map_or("the command failed".into(), |l| l.trim().chars().take(300).collect())
}

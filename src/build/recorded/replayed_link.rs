//! Compiling and linking recorded steps again: outputs go to the build directory, and each link has a layout of its own.

use super::command_line::{quoted, settled};
use super::document::{Input, RecordError, RecordedBuild, Step, StepKind};
use super::readable::Again;
use super::replay::{Replay, arguments_of, first_error};
use crate::build::builder::{BuildError, Builder, Built};
use crate::experiment::Layout;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest that the link may take by which the members of archives are found.
const LIMIT: Duration = Duration::from_secs(60);
/// More than this goes into a response file, bytes.
const LONGEST: usize = 96 << 10;

/// Where an object goes: its file, its rank among all, and the offset of its code in its page.
struct Placed {
    file: PathBuf,
    rank: usize,
    offset: Option<u64>,
}

impl Builder<'_> {
    /// Compiles a recorded step with further flags at its end.
    pub(crate) fn replayed(&self, step: &Step, further: &[String], out: &Path) -> Result<(), BuildError> {
        let (program, mut words) = arguments_of(step);
        words.extend(further.iter().cloned());
        words.extend(["-c".into(), "-o".into(), out.display().to_string()]);
        self.call_recorded(&program, &words, &step.folder, out)
    }

    /// Links the target of a replay as it was linked, from objects of a variant, by a layout.
    pub(crate) fn link_replayed(
        &self,
        replay: &Replay,
        built: &Built,
        layout: &Layout,
    ) -> Result<PathBuf, BuildError> {
        let ranks: HashMap<usize, usize> =
            layout.order.iter().enumerate().map(|(rank, at)| (*at, rank)).collect();
        let steps = replay.units.iter().chain(&replay.assembled);
        let placed = steps.zip(&built.objects).enumerate().map(|(at, (step, file))| {
            let offset = layout.offsets.get(at).copied();
            (*step, Placed { file: file.clone(), rank: ranks.get(&at).copied().unwrap_or(at), offset })
        });
        let placed: HashMap<usize, Placed> = placed.collect();
        let out = self.fresh("out");
        self.emit(replay, replay.target, &placed, &self.further(&built.flags), &out)?;
        Ok(out)
    }

    fn emit(
        &self,
        replay: &Replay,
        at: usize,
        placed: &HashMap<usize, Placed>,
        (compile, link): &(Vec<String>, Vec<String>),
        out: &Path,
    ) -> Result<(), BuildError> {
        let step = &replay.build.steps[at];
        // C and C++ change places among themselves; what must come first or last is assembly or no part of the build.
        let kind = |input: &Input| input.from.map(|from| replay.build.steps[from].kind);
        let own: Vec<usize> = step
            .inputs
            .iter()
            .filter(|i| kind(i) == Some(StepKind::Compile))
            .filter_map(|i| i.from.filter(|from| placed.contains_key(from)))
            .collect();
        let mut own = by_rank(own, placed).into_iter();
        let mut words: Vec<String> = Vec::new();
        for (number, word) in step.arguments.iter().enumerate() {
            let input = step.inputs.iter().find(|i| i.at == number && i.from.is_some());
            let Some((input, from)) = input.and_then(|i| Some((i, i.from?))) else {
                words.push(word.clone());
                continue;
            };
            match replay.build.steps[from].kind {
                StepKind::Compile if placed.contains_key(&from) => {
                    if let Some(next) = own.next() {
                        self.put(&placed[&next], true, &mut words)?;
                    }
                }
                StepKind::Assemble if placed.contains_key(&from) => {
                    self.put(&placed[&from], false, &mut words)?;
                }
                StepKind::Archive if replay.used.contains_key(&from) => {
                    let members = replay.used[&from].clone();
                    let is_object = |m: &usize| placed.contains_key(m);
                    let (objects, others): (Vec<usize>, Vec<usize>) =
                        members.into_iter().partition(is_object);
                    for member in by_rank(objects, placed) {
                        let padded = replay.build.steps[member].kind == StepKind::Compile;
                        self.put(&placed[&member], padded, &mut words)?;
                    }
                    for member in others {
                        words.push(self.part(replay, member, placed, &(compile.clone(), link.clone()))?);
                    }
                    if is_whole(&step.arguments[..number]) {
                        // Members that were made unseen, as from standard input, are taken as they are.
                        let unseen = replay.build.steps[from].inputs.iter().filter(|m| m.from.is_none());
                        words.extend(unseen.map(|m| m.path.display().to_string()));
                    } else {
                        // Under other flags a further member may be called.
                        words.push(word.clone());
                    }
                }
                StepKind::Relocatable => {
                    words.push(self.part(replay, from, placed, &(compile.clone(), link.clone()))?);
                }
                StepKind::Compile | StepKind::Assemble => words.push(input.path.display().to_string()),
                _ => words.push(word.clone()),
            }
        }
        let is_driver = step.program.file_name().is_some_and(|n| !n.to_string_lossy().contains("ld"));
        if is_driver {
            words.extend(compile.iter().filter(|f| !f.starts_with("-D")).cloned());
            words.extend(link.iter().cloned());
        } else {
            let plain = link.iter().filter_map(|f| f.strip_prefix("-Wl,"));
            words.extend(plain.flat_map(|f| f.split(',')).map(String::from));
        }
        words.extend(["-o".into(), out.display().to_string()]);
        let (program, all) = arguments_of(&Step { arguments: words, ..step.clone() });
        let all = self.within_limits(step, all)?;
        self.call_recorded(&program, &all, &step.folder, out)
    }

    /// A relocatable object of the target, made again.
    fn part(
        &self,
        replay: &Replay,
        at: usize,
        placed: &HashMap<usize, Placed>,
        further: &(Vec<String>, Vec<String>),
    ) -> Result<String, BuildError> {
        if replay.build.steps[at].kind != StepKind::Relocatable {
            return Ok(replay.build.steps[at].output.display().to_string());
        }
        let out = self.fresh("part");
        self.emit(replay, at, placed, further, &out)?;
        Ok(out.display().to_string())
    }

    fn put(&self, object: &Placed, padded: bool, words: &mut Vec<String>) -> Result<(), BuildError> {
        if let Some(offset) = object.offset.filter(|_| padded) {
            words.push(self.pad(offset)?.display().to_string());
        }
        words.push(object.file.display().to_string());
        Ok(())
    }

    /// The words themselves, or a response file with those of the step where they are too long for a command line.
    fn within_limits(&self, step: &Step, words: Vec<String>) -> Result<Vec<String>, BuildError> {
        if words.iter().map(|w| w.len() + 1).sum::<usize>() < LONGEST {
            return Ok(words);
        }
        // `env` reads no response files: its own arguments stay.
        let head = if step.environment.is_empty() { 0 } else { step.environment.len() + 1 };
        let text: Vec<String> = words[head..].iter().map(|w| quoted(w)).collect();
        let path = self.fresh("words");
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        let path = self.workspace().write(name, text.join("\n").as_bytes())?;
        Ok([&words[..head], &[format!("@{}", path.display())]].concat())
    }
}

fn by_rank(mut steps: Vec<usize>, placed: &HashMap<usize, Placed>) -> Vec<usize> {
    steps.sort_by_key(|step| placed.get(step).map_or(usize::MAX, |p| p.rank));
    steps
}

/// Whether an archive that follows these words is taken whole.
fn is_whole(words: &[String]) -> bool {
    let parts = words.iter().flat_map(|w| w.strip_prefix("-Wl,").unwrap_or(w).split(','));
    let mut switches = parts.filter_map(|part| match part.trim_start_matches('-') {
        "whole-archive" => Some(true),
        "no-whole-archive" => Some(false),
        _ => None,
    });
    switches.next_back().unwrap_or(false)
}

/// For each recorded archive that a target is made of, by itself or through relocatable objects: the steps of the members that
/// the linker takes.
pub(super) fn members_used(
    build: &RecordedBuild,
    target: usize,
    again: &Again<'_>,
) -> Result<BTreeMap<usize, Vec<usize>>, RecordError> {
    let mut used = members_of_link(build, target, again)?;
    let parts = build.steps[target].inputs.iter().filter_map(|i| i.from);
    for part in parts.filter(|from| build.steps[*from].kind == StepKind::Relocatable) {
        for (archive, members) in members_used(build, part, again)? {
            used.entry(archive).or_insert(members);
        }
    }
    Ok(used)
}

/// Those of one link, which is done once as it was: the linker names them.
fn members_of_link(
    build: &RecordedBuild,
    target: usize,
    again: &Again<'_>,
) -> Result<BTreeMap<usize, Vec<usize>>, RecordError> {
    let step = &build.steps[target];
    let kind = |input: &&Input| input.from.is_some_and(|from| build.steps[from].kind == StepKind::Archive);
    let archives: Vec<&Input> = step.inputs.iter().filter(kind).collect();
    if archives.is_empty() {
        return Ok(BTreeMap::new());
    }
    let is_driver = step.program.file_name().is_some_and(|n| !n.to_string_lossy().contains("ld"));
    let out = again.scratch.join("members");
    let trace: &[&str] = if is_driver { &["-Wl,-t", "-Wl,-t"] } else { &["-t", "-t"] };
    let mut traced = step.clone();
    traced.arguments.extend(trace.iter().map(|t| t.to_string()));
    traced.arguments.extend(["-o".into(), out.display().to_string()]);
    let (program, words) = arguments_of(&traced);
    let place = crate::text::place(&step.output);
    let wrong = |what: String| {
        RecordError::new(place.clone(), what, "its link cannot be replayed: build it again and record that")
    };
    let said = again.run(&program, &words, step, LIMIT).map_err(|e| wrong(e.to_string()))?;
    std::fs::remove_file(&out).ok();
    if !said.ok() {
        return Err(wrong(first_error(&said)));
    }
    let named: Vec<(PathBuf, String)> = said.text().lines().filter_map(|l| member(l, &step.folder)).collect();
    let mut used = BTreeMap::new();
    for input in archives {
        let Some(from) = input.from else { continue };
        let of = |(_, name): &(PathBuf, String)| {
            let fits = |m: &&Input| m.path.file_name().is_some_and(|n| n.to_string_lossy() == *name);
            build.steps[from].inputs.iter().filter(fits).filter_map(|m| m.from).collect::<Vec<_>>()
        };
        let taken = named.iter().filter(|(archive, _)| *archive == input.path).flat_map(of);
        let mut members: Vec<usize> = Vec::new();
        // Two members of one name are named twice, and each fits both.
        taken.for_each(|member| {
            if !members.contains(&member) {
                members.push(member);
            }
        });
        if !members.is_empty() {
            used.insert(from, members);
        }
    }
    Ok(used)
}

/// A member as GNU ld (`(lib.a)member.o`) or LLVM's (`lib.a(member.o)`) names it.
fn member(line: &str, folder: &Path) -> Option<(PathBuf, String)> {
    let line = line.trim();
    let (archive, name) = match line.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?,
        None => line.strip_suffix(')')?.rsplit_once('(')?,
    };
    Some((settled(folder, archive), name.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_as_either_linker_names_them() {
        let of = |line: &str| member(line, Path::new("/nowhere"));
        let expected = Some((PathBuf::from("/nowhere/l (1).a"), "m.o".to_string()));
        assert_eq!(of("l (1).a(m.o)"), expected);
        assert_eq!(of("(/x/l.a)m.o"), Some((PathBuf::from("/x/l.a"), "m.o".to_string())));
        assert_eq!(of("l.a"), None);
        let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert!(is_whole(&words("-o x -Wl,--whole-archive")) && is_whole(&words("--whole-archive")));
        assert!(!is_whole(&words("-Wl,--whole-archive a.a -Wl,--no-whole-archive")));
    }
}

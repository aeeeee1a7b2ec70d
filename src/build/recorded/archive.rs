//! Calls of `ar`.

use super::arguments::Called;
use super::command_line::settled;
use super::document::{Input, Step, StepKind};

/// The step of a call that adds members; none for any other call.
pub(super) fn step(called: &Called, words: &[String]) -> Option<Step> {
    let mut rest = words.iter();
    let mut operation = None;
    // Long options may stand before the operation, two of them with a value of their own.
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--plugin" | "--target" | "--output" | "--record-libdeps" => {
                rest.next();
            }
            long if long.starts_with("--") || long == "-X32_64" => {}
            letters => {
                operation = Some(letters.trim_start_matches('-').to_string());
                break;
            }
        }
    }
    let operation = operation?;
    if !operation.contains(['r', 'q']) || operation.contains(['d', 'm', 'p', 't', 'x', 'M']) {
        return None;
    }
    // The name of a member beside which the new ones go.
    if operation.contains(['a', 'b', 'i']) {
        rest.next();
    }
    let archive = rest.next()?;
    let members: Vec<String> = rest.filter(|w| !w.starts_with("--")).cloned().collect();
    let input =
        |(at, member): (usize, &String)| Input { at, path: settled(called.folder, member), from: None };
    (!members.is_empty()).then(|| Step {
        kind: StepKind::Archive,
        program: called.program.to_path_buf(),
        folder: called.folder.to_path_buf(),
        inputs: members.iter().enumerate().map(input).collect(),
        arguments: members,
        output: settled(called.folder, archive),
        sha256: String::new(),
        environment: Default::default(),
    })
}

/// What an archive holds after members were added to one that was there: those with the name of a new one are gone.
pub(super) fn merged(before: &Step, after: &Step) -> Step {
    let name = |input: &Input| input.path.file_name().map(|n| n.to_os_string());
    let new: Vec<_> = after.inputs.iter().map(name).collect();
    let kept = before.inputs.iter().filter(|input| !new.contains(&name(input)));
    let mut merged = Step { arguments: Vec::new(), inputs: Vec::new(), ..after.clone() };
    let words = kept.map(|i| (before, i)).chain(after.inputs.iter().map(|i| (after, i)));
    for (step, input) in words {
        merged.inputs.push(Input { at: merged.arguments.len(), ..input.clone() });
        merged.arguments.push(step.arguments.get(input.at).cloned().unwrap_or_default());
    }
    merged
}

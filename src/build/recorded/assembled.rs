//! From a log to the steps of a record: which step made which input, and what was only a probe.

use super::archive;
use super::document::{Input, Step, StepKind};
use super::log::Logged;
use super::tools::Tools;
use std::collections::HashMap;
use std::path::PathBuf;

/// The steps in order, without the questions of a build system and without what leads to nothing.
pub(super) fn assembled(logged: Vec<Logged>, tools: &Tools) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // An input is what an earlier step made, by its content: builds move and copy objects, and use a name twice.
    let (mut by_digest, mut by_path): (HashMap<String, usize>, HashMap<PathBuf, usize>) = Default::default();
    for Logged { mut step, inputs, before } in logged {
        let is_source = matches!(step.kind, StepKind::Compile | StepKind::Assemble);
        if tools.is_probe(&step.output) || step.inputs.iter().any(|i| tools.is_probe(&i.path)) {
            continue;
        }
        // What asked a question by compiling removes its source again.
        if is_source && !step.inputs.iter().all(|i| i.path.is_file()) {
            continue;
        }
        if !is_source {
            for (input, digest) in step.inputs.iter_mut().zip(&inputs) {
                let named = by_path.get(&input.path).copied();
                let same = named.filter(|n| steps[*n].sha256 == *digest);
                input.from = same.or_else(|| by_digest.get(digest).copied()).or(named);
            }
        }
        if step.kind == StepKind::Archive && !before.is_empty() {
            let old = by_path.get(&step.output).or_else(|| by_digest.get(&before));
            step = old.map_or(step.clone(), |old| archive::merged(&steps[*old], &step));
        }
        if !step.sha256.is_empty() {
            by_digest.insert(step.sha256.clone(), steps.len());
        }
        by_path.insert(step.output.clone(), steps.len());
        steps.push(step);
    }
    kept(steps)
}

/// Leaves out what no library or program is made of, and renumbers the rest.
fn kept(steps: Vec<Step>) -> Vec<Step> {
    let mut needed = vec![false; steps.len()];
    for (at, step) in steps.iter().enumerate().rev() {
        let is_product = !matches!(step.kind, StepKind::Compile | StepKind::Assemble);
        let made_of_something = step.inputs.iter().any(|i| i.from.is_some());
        needed[at] |= is_product && made_of_something;
        if needed[at] {
            step.inputs.iter().filter_map(|i| i.from).for_each(|from| needed[from] = true);
        }
    }
    let mut number = vec![0; steps.len()];
    let mut next = 0;
    for (at, needed) in needed.iter().enumerate() {
        number[at] = next;
        next += usize::from(*needed);
    }
    let renumbered = |step: Step| {
        let inputs = step.inputs.iter().map(|i| Input { from: i.from.map(|f| number[f]), ..i.clone() });
        Step { inputs: inputs.collect(), ..step }
    };
    steps.into_iter().zip(needed).filter(|(_, needed)| *needed).map(|(step, _)| renumbered(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(kind: StepKind, inputs: &[(&str, &str)], output: &str, sha256: &str) -> Logged {
        let input = |(at, (path, _)): (usize, &(&str, &str))| Input { at, path: path.into(), from: None };
        let step = Step {
            kind,
            program: "/usr/bin/gcc".into(),
            folder: "/".into(),
            arguments: inputs.iter().map(|(path, _)| path.to_string()).collect(),
            inputs: inputs.iter().enumerate().map(input).collect(),
            output: output.into(),
            sha256: sha256.into(),
            environment: Default::default(),
        };
        let digests = inputs.iter().map(|(_, digest)| digest.to_string()).collect();
        Logged { step, inputs: digests, before: String::new() }
    }

    #[test]
    fn inputs_are_found_by_content_and_probes_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("a.c");
        std::fs::write(&source, "").unwrap();
        let source = source.to_str().unwrap();
        let compile = |output: &str, sha: &str| logged(StepKind::Compile, &[(source, "")], output, sha);
        let mut more = logged(StepKind::Archive, &[("/t/m.o", "3")], "/t/l.a", "a2");
        more.before = "a1".into();
        let log = vec![
            logged(StepKind::Compile, &[("/t/conftest.c", "")], "/t/conftest.o", "0"),
            logged(StepKind::Compile, &[("/t/gone.c", "")], "/t/gone.o", "9"),
            // One name for two objects, of which the first was moved.
            compile("/t/x.o", "1"),
            compile("/t/x.o", "2"),
            compile("/t/m.o", "3"),
            compile("/t/unused.o", "4"),
            logged(StepKind::Archive, &[("/t/x.o", "2")], "/t/l.a", "a1"),
            more,
            logged(StepKind::Shared, &[("/t/.libs/x.o", "1"), ("/t/l.a", "ranlib")], "/t/l.so", "s"),
        ];
        let steps = assembled(log, &Tools::load().unwrap());
        let outputs: Vec<&str> = steps.iter().map(|s| s.output.to_str().unwrap()).collect();
        assert_eq!(outputs, ["/t/x.o", "/t/x.o", "/t/m.o", "/t/l.a", "/t/l.a", "/t/l.so"]);
        let from = |at: usize| steps[at].inputs.iter().map(|i| i.from).collect::<Vec<_>>();
        assert_eq!(from(5), [Some(0), Some(4)]);
        assert_eq!((from(4), from(3)), (vec![Some(1), Some(2)], vec![Some(1)]));
    }
}

//! Which candidates change any code at all, without compiling more than that takes.

use super::bench::{Bench, Set, Trouble};

/// Kernels asked about one by one, the most telling first; what is undecided after them is asked about the rest at once,
/// so that all cores stay busy.
const ONE_BY_ONE: usize = 3;

/// A kernel whose code two sets make differ, or none; else the kernel at which there was trouble.
pub type Differing = Result<Option<usize>, (usize, Trouble)>;

/// For each pair of sets a kernel that they make differ, the first that was met.
pub fn differing(bench: &mut dyn Bench, wanted: &[(Set, Set)]) -> Vec<Differing> {
    let order = bench.telling();
    let mut answers: Vec<Option<Differing>> = vec![None; wanted.len()];
    let mut at = 0;
    while at < order.len() {
        let end = if at < ONE_BY_ONE { at + 1 } else { order.len() };
        let open: Vec<usize> = (0..wanted.len()).filter(|i| answers[*i].is_none()).collect();
        let ask = |i: &usize| {
            let (a, b) = wanted[*i].clone();
            order[at..end].iter().map(move |k| (*k, a.clone(), b.clone()))
        };
        let questions: Vec<(usize, Set, Set)> = open.iter().flat_map(ask).collect();
        let found = bench.same(&questions);
        for (i, found) in open.iter().zip(found.chunks(end - at)) {
            answers[*i] = order[at..end].iter().zip(found).find_map(|(kernel, same)| match same {
                Ok(true) => None,
                Ok(false) => Some(Ok(Some(*kernel))),
                Err(trouble) => Some(Err((*kernel, trouble.clone()))),
            });
        }
        at = end;
    }
    answers.into_iter().map(|answer| answer.unwrap_or(Ok(None))).collect()
}

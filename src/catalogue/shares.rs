//! The shares that kernels have of an operation's time.

use super::error::{At, CatalogueError};
use super::trial::Operation;

/// Checks an operation's shares; `at` is its entry.
pub(super) fn check(operation: &Operation, at: At<'_>) -> Result<(), CatalogueError> {
    let name = &operation.name;
    let wrong = |key: &str, what: String, remedy: &str| {
        Err(CatalogueError::entry(at.next(key), format!("operation {name}, {key}"), what, remedy))
    };
    let odd = operation.kernels.iter().find(|(_, share)| !(**share > 0.0 && **share <= 1.0));
    if let Some((kernel, share)) = odd {
        let remedy = "give its share of the operation's own time, above 0 and at most 1";
        return wrong("kernels", format!("{kernel} = {share}"), remedy);
    }
    let sum: f64 = operation.kernels.values().sum();
    if sum > 1.0 + 1e-6 {
        let remedy = "make them sum to at most 1: what no kernel stands for is left out";
        return wrong("kernels", format!("the shares sum to {sum:.4}"), remedy);
    }
    if operation.kernels.is_empty() != operation.kernels_source.trim().is_empty() {
        let remedy = "give kernels and their shares together with kernels_source, where these come from";
        let (key, what) = match operation.kernels.is_empty() {
            true => ("kernels_source", "a source of shares that are not there"),
            false => ("kernels", "shares without a source"),
        };
        return wrong(key, what.into(), remedy);
    }
    Ok(())
}

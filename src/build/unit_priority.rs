//! What units did so far when flags were tried on them: the next flag is tried first where a difference is likely and
//! cheap to find. It decides the order of the work and nothing of the answers.

use super::code_cache::Key;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

#[derive(Clone, Copy, Debug, Default)]
struct Habit {
    tried: u32,
    changed: u32,
    spent: Duration,
}

/// By unit.
#[derive(Debug, Default)]
pub(super) struct Habits(Mutex<HashMap<Key, Habit>>);

impl Habits {
    /// A flag was tried on a unit.
    pub(super) fn note(&self, unit: Key, changed: bool, spent: Duration) {
        let Ok(mut all) = self.0.lock() else { return };
        let habit = all.entry(unit).or_default();
        habit.tried += 1;
        habit.changed += u32::from(changed);
        habit.spent += spent;
    }

    /// Differences to be expected in a second of compiling; `size` stands for the time where nothing was tried yet.
    pub(super) fn promise(&self, unit: &Key, size: usize) -> f64 {
        let habit = self.0.lock().ok().and_then(|all| all.get(unit).copied()).unwrap_or_default();
        // One success and one failure in advance (Laplace).
        let rate = f64::from(habit.changed + 1) / f64::from(habit.tried + 2);
        let guess = 5e-3 + 5e-6 * size as f64;
        let cost = if habit.tried == 0 { guess } else { habit.spent.as_secs_f64() / f64::from(habit.tried) };
        rate / cost.max(1e-6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_often_and_compiles_fast_comes_first() {
        let habits = Habits::default();
        assert!(habits.promise(&[1; 16], 100) > habits.promise(&[2; 16], 10_000));
        for changed in [true, true, false] {
            habits.note([1; 16], changed, Duration::from_millis(30));
            habits.note([2; 16], true, Duration::from_millis(30));
            habits.note([3; 16], changed, Duration::from_millis(10));
        }
        let of = |n: u8| habits.promise(&[n; 16], 0);
        assert!(of(3) > of(2) && of(2) > of(1));
    }
}

//! This module draws the progress of a measurement on standard error.

use super::common::Common;
use super::output;
use super::terminal::unicode;
use hwtune::experiment::{Observer, Step};
use hwtune::report::short;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the time left is shown again.
const TICK: Duration = Duration::from_millis(500);
/// Characters of the flag in hand.
const FLAG: usize = 40;
/// And of the one that promises most.
const BEST: usize = 24;

/// Shows what is being measured: on a terminal a line that changes, with `-v` elsewhere a line a stage.
pub struct Progress<'a> {
    common: &'a Common,
    bar: ProgressBar,
    began: Instant,
    pairs: AtomicU64,
    /// A subject, and what promises most there so far.
    best: Mutex<(String, String)>,
    /// Stage and flag in hand.
    now: Mutex<(String, String)>,
}

impl<'a> Progress<'a> {
    /// Progress within a budget of which `spent` is gone.
    pub fn new(common: &'a Common, spent: Duration, budget: Duration) -> Progress<'a> {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let live = std::io::stderr().is_terminal() && !common.quiet && !dumb;
        let target = if live { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(budget.as_secs()), target).with_elapsed(spent);
        bar.set_style(style(budget));
        if live {
            bar.enable_steady_tick(TICK);
        }
        let began = Instant::now();
        let began = began.checked_sub(spent).unwrap_or(began);
        Progress {
            common,
            bar,
            began,
            pairs: AtomicU64::new(0),
            best: Mutex::default(),
            now: Mutex::default(),
        }
    }

    /// Takes the line away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        let Ok(now) = self.now.lock() else { return };
        let (stage, flag) = &*now;
        let pairs = match self.pairs.load(Ordering::Relaxed) {
            0 => String::new(),
            pairs => format!("  {pairs} pairs"),
        };
        self.bar.set_position(self.began.elapsed().as_secs());
        let best = self.best.lock().map(|best| match stage.split(':').next() == Some(&*best.0) {
            true => best.1.clone(),
            false => String::new(),
        });
        let best = best.unwrap_or_default();
        self.bar.set_message(format!("{stage}{pairs}  {}{best}", short(flag, FLAG)));
    }
}

/// The line: `[=====>    ] 1:52 left  glibc: screen  480 pairs  -O3`. The time left is the budget's: a run whose claims
/// are decided early ends earlier.
fn style(budget: Duration) -> ProgressStyle {
    let left = move |state: &ProgressState, out: &mut dyn Write| {
        let left = budget.saturating_sub(state.elapsed()).as_secs();
        write!(out, "{}:{:02} left", left / 60, left % 60).ok();
    };
    let (bar, spinner) =
        if unicode() { ("━╸ ", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ") } else { ("=> ", "-\\|/ ") };
    let style = ProgressStyle::with_template("{spinner} [{bar:20}] {left}  {wide_msg}");
    style
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("left", left)
        .progress_chars(bar)
        .tick_chars(spinner)
}

impl Observer for Progress<'_> {
    fn at(&self, subject: &str, step: Step, what: &str, _elapsed: Duration, _until: Duration) {
        let stage = format!("{subject}: {}", step.name());
        let new = match self.now.lock() {
            Ok(mut now) => std::mem::replace(&mut *now, (stage.clone(), what.into())).0 != stage,
            Err(_) => return,
        };
        if !self.bar.is_hidden() {
            self.show();
        } else if self.common.verbose > 1 || (self.common.verbose > 0 && new) {
            let detail = if self.common.verbose > 1 { format!(" {what}") } else { String::new() };
            let at = self.began.elapsed().as_secs_f64();
            output::note(self.common, &format!("{at:>5.1} s  {stage}{detail}"));
        }
    }

    fn best(&self, subject: &str, flags: &str, effect: f64) {
        if let Ok(mut best) = self.best.lock() {
            *best = (subject.into(), format!("  best so far {} ~{effect:+.0}", short(flags, BEST)));
        }
    }

    fn paired(&self, pairs: u32) {
        self.pairs.fetch_add(u64::from(pairs), Ordering::Relaxed);
        if !self.bar.is_hidden() {
            self.show();
        }
    }
}

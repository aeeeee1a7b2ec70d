use super::common::Common;
use super::output;
use hwtune::tune::{Observer, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

/// Shows what is being measured: on a terminal a line that changes, with `-v` elsewhere a line a stage.
pub struct Progress<'a> {
    common: &'a Common,
    bar: ProgressBar,
    budget: Duration,
    last: Mutex<String>,
}

impl<'a> Progress<'a> {
    /// Progress within a budget.
    pub fn new(common: &'a Common, budget: Duration) -> Progress<'a> {
        let live = std::io::stderr().is_terminal() && !common.quiet;
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(budget.as_secs()), target);
        let style = ProgressStyle::with_template("{spinner} [{bar:24}] {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        Progress { common, bar, budget, last: Mutex::default() }
    }

    /// Takes the line away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress<'_> {
    fn at(&self, subject: &str, step: Step, what: &str, elapsed: Duration, _until: Duration) {
        let left = self.budget.saturating_sub(elapsed).as_secs();
        self.bar.set_position(elapsed.as_secs().min(self.budget.as_secs()));
        self.bar.set_message(format!(
            "{}:{:02} left  {subject}  {}  {what}",
            left / 60,
            left % 60,
            step.name()
        ));
        let stage = format!("{subject}: {}", step.name());
        let Ok(mut last) = self.last.lock() else { return };
        if self.bar.is_hidden() && (self.common.verbose > 1 || (self.common.verbose > 0 && *last != stage)) {
            let detail = if self.common.verbose > 1 { format!(" {what}") } else { String::new() };
            output::note(self.common, &format!("{:>5.1} s  {stage}{detail}", elapsed.as_secs_f64()));
        }
        *last = stage;
    }

    fn note(&self, text: &str) {
        self.bar.suspend(|| output::note(self.common, text));
    }
}

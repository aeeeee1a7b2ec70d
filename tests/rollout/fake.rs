//! A machine that answers from a table.

use hwtune::rollout::{Call, Ran, System};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Default)]
pub struct Fake {
    /// Output by the beginning of the command line, the longest that fits; all else fails.
    pub answers: BTreeMap<String, String>,
    /// Standard error in the same way.
    pub complaints: BTreeMap<String, String>,
    /// Where links lead.
    pub links: BTreeMap<PathBuf, PathBuf>,
    /// Files.
    pub files: BTreeMap<PathBuf, String>,
    /// Maps of git.
    pub maps: String,
    /// Every command run.
    pub calls: RefCell<Vec<String>>,
}

fn longest(of: &BTreeMap<String, String>, line: &str) -> Option<String> {
    of.iter()
        .filter(|(start, _)| line.starts_with(*start))
        .max_by_key(|(s, _)| s.len())
        .map(|(_, v)| v.clone())
}

impl System for Fake {
    fn run(&self, call: &Call) -> Result<Ran, String> {
        let line = call.to_string();
        self.calls.borrow_mut().push(line.clone());
        let found = longest(&self.answers, &line);
        let stderr = longest(&self.complaints, &line).unwrap_or_default();
        Ok(Ran { code: Some(i32::from(found.is_none())), stdout: found.unwrap_or_default(), stderr })
    }

    fn maps(&self, _: &Call) -> Result<String, String> {
        if self.maps.is_empty() { Err("git: cannot be started".into()) } else { Ok(self.maps.clone()) }
    }

    fn read(&self, path: &Path) -> Result<String, String> {
        self.files.get(path).cloned().ok_or_else(|| format!("{}: not there", path.display()))
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, String> {
        self.links.get(path).cloned().ok_or_else(|| format!("{}: not there", path.display()))
    }

    fn changed(&self, _: &Path) -> Result<i64, String> {
        Ok(1000)
    }

    fn now(&self) -> i64 {
        2000
    }
}

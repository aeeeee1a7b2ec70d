//! What a command starts its compilers with.

use super::common::Common;
use super::output;
use hwtune::toolchain::{self, Compiler, Launcher, ToolchainError};
use std::cell::RefCell;
use std::sync::Arc;

/// The launchers of one command: each is built once, before the first odd flag, and kept to its end. What one of them
/// lacks is reported once.
pub struct Launchers<'a> {
    common: &'a Common,
    kept: RefCell<Vec<Arc<Launcher>>>,
}

impl<'a> Launchers<'a> {
    /// None so far.
    pub fn new(common: &'a Common) -> Launchers<'a> {
        Launchers { common, kept: RefCell::default() }
    }

    /// That of the first compiler, for what is not a compiler's work.
    pub fn first(&self) -> Result<Option<Arc<Launcher>>, ToolchainError> {
        let compilers = toolchain::installed(self.common.cc.as_deref())?;
        Ok(compilers.first().map(|compiler| self.of(compiler)))
    }

    /// Says a line, as [`output::note`] does.
    pub fn note(&self, text: &str) {
        output::note(self.common, text);
    }

    /// The compiler's, from now on until the command ends.
    pub fn of(&self, compiler: &Compiler) -> Arc<Launcher> {
        let launcher = Launcher::of(compiler);
        let mut kept = self.kept.borrow_mut();
        if !kept.iter().any(|known| known.lacks() == launcher.lacks())
            && let Some(lacks) = launcher.lacks()
        {
            output::note(self.common, lacks);
        }
        if !kept.iter().any(|known| Arc::ptr_eq(known, &launcher)) {
            kept.push(Arc::clone(&launcher));
        }
        launcher
    }
}

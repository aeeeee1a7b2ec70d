//! Whether objects have 512-bit instructions, at which some CPUs change their frequency.

use super::builder::{Builder, Built};
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

/// Longest the disassembler may take.
const LIMIT: Duration = Duration::from_secs(60);

impl Builder<'_> {
    /// Whether any object names a 512-bit register, by binutils' objdump. Where that cannot be found out, they may.
    pub fn is_wide(&self, built: &Built) -> bool {
        let mut args = vec![OsStr::new("--disassemble"), OsStr::new("--no-show-raw-insn")];
        args.extend(built.objects.iter().map(|p| p.as_os_str()));
        let folder = self.workspace().path();
        let said = self.launcher().run(Path::new("objdump"), &args, folder, folder, LIMIT);
        said.map_or(true, |said| !said.ok() || said.text().contains("%zmm"))
    }
}

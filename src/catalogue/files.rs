//! This module finds the files of `probes/`, which are embedded in the program.

use super::error::CatalogueError;
use super::kernel::Unit;
use crate::files::Own;
use crate::text::place;
use include_dir::{Dir, include_dir};
use std::path::{Component, Path};

/// `probes/`, as it was when hwtune was built.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/probes");

/// No source file or table is larger.
const LARGEST: u64 = 1 << 20;

/// The text of a file under `probes/`; `None` where there is no such file or it is not UTF-8.
pub fn embedded(path: &str) -> Option<&'static str> {
    EMBEDDED.get_file(path)?.contents_utf8()
}

/// A folder that holds tables and kernels: the embedded one, or a user's own.
#[derive(Clone, Debug)]
pub(crate) enum Folder {
    /// `probes/`.
    Embedded,
    /// A user's own.
    User(Own),
}

impl Folder {
    /// What a message calls a file of this folder.
    pub fn place(&self, path: &str) -> String {
        match self {
            Folder::Embedded => format!("probes/{path}"),
            Folder::User(own) => place(&own.root().join(path)),
        }
    }

    /// A text, or `None` where the file is not there.
    pub fn read(&self, path: &str) -> Result<Option<String>, CatalogueError> {
        match self {
            Folder::Embedded => Ok(embedded(path).map(str::to_string)),
            Folder::User(own) => own
                .text(path, LARGEST)
                .map_err(|what| CatalogueError::file(&self.place(path), what, READABLE)),
        }
    }

    /// Names of the folder's own folders, sorted.
    pub fn folders(&self) -> Result<Vec<String>, CatalogueError> {
        match self {
            Folder::Embedded => Ok(EMBEDDED.dirs().filter_map(|d| name(d.path())).collect()),
            Folder::User(own) => self.names(own, "", |path| path.is_dir()),
        }
    }

    /// Names of the C files in one of its folders, sorted.
    pub fn sources(&self, folder: &str) -> Result<Vec<String>, CatalogueError> {
        let is_c = |path: &Path| path.extension().is_some_and(|e| e == "c");
        match self {
            Folder::Embedded => {
                let files = EMBEDDED.get_dir(folder).map(|d| d.files()).into_iter().flatten();
                Ok(files.map(|f| f.path()).filter(|p| is_c(p)).filter_map(name).collect())
            }
            Folder::User(own) => self.names(own, folder, is_c),
        }
    }

    fn names(
        &self,
        own: &Own,
        folder: &str,
        wanted: impl Fn(&Path) -> bool,
    ) -> Result<Vec<String>, CatalogueError> {
        let remedy = "name a folder that can be read and holds tables and kernels alone";
        own.names(folder, wanted).map_err(|what| CatalogueError::file(&self.place(folder), what, remedy))
    }
}

fn name(path: &Path) -> Option<String> {
    path.file_name().map(|n| n.to_string_lossy().into_owned())
}

/// What to do about a file that cannot be read.
const READABLE: &str = "name a C source or TOML file that can be read, in UTF-8 and of at most 1 MiB";

/// Reads a regular UTF-8 file of at most 1 MiB.
pub(crate) fn read_text(path: &Path) -> Result<String, CatalogueError> {
    crate::files::text(path, LARGEST).map_err(|what| CatalogueError::file(&place(path), what, READABLE))
}

/// Reads a file that front matter in `folder` of a user's own names: a plain relative path, of a file that lies within
/// what is the user's own.
pub(crate) fn read_beside(own: &Own, folder: &str, file: &str) -> Result<Unit, String> {
    let plain = Path::new(file).components().all(|c| matches!(c, Component::Normal(_)));
    if file.is_empty() || !plain {
        return Err(format!("`{file}` is not a plain path below the kernel's folder"));
    }
    let whole = Path::new(folder).join(file);
    let text = own.text(&whole.to_string_lossy(), LARGEST).map_err(|what| format!("`{file}`: {what}"))?;
    let text = text.ok_or_else(|| format!("`{file}` is not there"))?;
    Ok(Unit { file: file.to_string(), text })
}

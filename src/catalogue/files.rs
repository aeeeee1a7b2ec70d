use super::error::CatalogueError;
use super::kernel::Unit;
use include_dir::{Dir, include_dir};
use std::path::{Component, Path, PathBuf};

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
    User(PathBuf),
}

impl Folder {
    /// What a message calls a file of this folder.
    pub fn place(&self, path: &str) -> String {
        match self {
            Folder::Embedded => format!("probes/{path}"),
            Folder::User(root) => root.join(path).display().to_string(),
        }
    }

    /// A text, or `None` where the file is not there.
    pub fn read(&self, path: &str) -> Result<Option<String>, CatalogueError> {
        match self {
            Folder::Embedded => Ok(embedded(path).map(str::to_string)),
            Folder::User(root) => {
                let whole = root.join(path);
                match whole.try_exists() {
                    Ok(false) => Ok(None),
                    _ => read_text(&whole).map(Some),
                }
            }
        }
    }

    /// Names of the folder's own folders, sorted.
    pub fn folders(&self) -> Result<Vec<String>, CatalogueError> {
        match self {
            Folder::Embedded => Ok(EMBEDDED.dirs().filter_map(|d| name(d.path())).collect()),
            Folder::User(root) => entries(root, |path| path.is_dir()),
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
            Folder::User(root) => entries(&root.join(folder), is_c),
        }
    }
}

fn name(path: &Path) -> Option<String> {
    path.file_name().map(|n| n.to_string_lossy().into_owned())
}

fn entries(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<String>, CatalogueError> {
    let place = folder.display().to_string();
    let unreadable = |e: std::io::Error| CatalogueError::file(&place, e, "name a folder that can be read");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if wanted(&path) {
            names.extend(name(&path));
        }
    }
    names.sort();
    Ok(names)
}

/// Reads a regular UTF-8 file of at most 1 MiB.
pub(crate) fn read_text(path: &Path) -> Result<String, CatalogueError> {
    let place = path.display().to_string();
    let remedy = "name a C source or TOML file that can be read, in UTF-8 and of at most 1 MiB";
    crate::files::text(path, LARGEST).map_err(|what| CatalogueError::file(&place, what, remedy))
}

/// Reads a file named by front matter: a plain relative path that stays within `folder`, links followed.
pub(crate) fn read_beside(folder: &Path, file: &str) -> Result<Unit, String> {
    let plain = Path::new(file).components().all(|c| matches!(c, Component::Normal(_)));
    if file.is_empty() || !plain {
        return Err(format!("`{file}` is not a plain path below the kernel's folder"));
    }
    let whole = folder.join(file);
    let real = std::fs::canonicalize(&whole).map_err(|e| format!("`{file}`: {e}"))?;
    let root = std::fs::canonicalize(folder).map_err(|e| e.to_string())?;
    if !real.starts_with(&root) {
        return Err(format!("`{file}` leads out of the kernel's folder"));
    }
    let text = read_text(&real).map_err(|e| e.to_string())?;
    Ok(Unit { file: file.to_string(), text })
}

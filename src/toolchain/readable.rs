//! What a compiler may read once it is confined: what the system installed, its own files, and what the user named. The
//! facts are in `probes/readable.toml`.

use super::compiler::Compiler;
use super::shared_object::dynamic_strings;
use crate::catalogue::embedded;
use crate::files::{allowed, is_too_wide};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// No program of a compiler is larger.
const LARGEST: u64 = 1 << 30;
/// Files beside a program that is in no folder for programs: more is no folder of a wrapper.
const MOST: usize = 100;
/// Lines of an answer in which a file is looked for that could not be read.
const LINES: usize = 20;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    system: Vec<Paths>,
    packages: Vec<Packages>,
    beside: Vec<Beside>,
    apart: Vec<Paths>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paths {
    paths: Vec<PathBuf>,
    why: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packages {
    folder: PathBuf,
    why: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    folders: Vec<String>,
    why: String,
    source: String,
}

impl Table {
    /// The rows that say why they are there.
    fn get() -> &'static Table {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut table: Table =
                toml::from_str(embedded("readable.toml").unwrap_or_default()).unwrap_or_default();
            table.system.retain(|row| !row.why.is_empty() && !row.source.is_empty());
            table.packages.retain(|row| !row.why.is_empty() && !row.source.is_empty());
            table.beside.retain(|row| !row.why.is_empty() && !row.source.is_empty());
            table
        })
    }
}

/// What a compiler may read of the system and of its own, whatever it compiles.
pub(super) fn of(compiler: &Compiler) -> Vec<PathBuf> {
    let mut all = Allowed::system();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).for_each(|folder| all.put(&folder));
    let parts = [&compiler.path, compiler.digest.path(), &compiler.engine];
    for program in parts.into_iter().chain(&compiler.unwrapped) {
        all.program(program, &compiler.target);
    }
    compiler.digest.beside().iter().for_each(|file| all.put(file));
    searched(compiler).iter().for_each(|folder| all.put(folder));
    all.paths
}

/// Options that a folder or file may follow without a blank.
const JOINED: [&str; 9] =
    ["-isystem", "-iquote", "-idirafter", "-isysroot", "-include", "-imacros", "-I", "-L", "-B"];

/// The files and folders that are there and that a word of a command line names, with or without an option before them; a
/// relative one counts from a folder.
pub fn named(word: &str, folder: &Path) -> Vec<PathBuf> {
    let parts = word.split([',', '=', ':']).filter(|part| !part.is_empty());
    let files = parts.flat_map(|part| {
        let joined = JOINED.iter().find_map(|option| part.strip_prefix(option));
        [Some(part), joined].into_iter().flatten().filter(|text| !text.is_empty())
    });
    files.filter_map(|file| std::fs::canonicalize(folder.join(file)).ok()).collect()
}

/// What a program that takes the compiler's place, a linker or another driver, may read of its own.
pub fn installed_with(program: &Path) -> Vec<PathBuf> {
    let mut all = Allowed::system();
    let system = all.paths.len();
    all.program(program, "");
    all.paths.split_off(system)
}

/// Whether no record may have this path read: it lies where the system and users keep what is no source.
pub fn is_apart(real: &Path) -> bool {
    let home = std::env::var_os("HOME").and_then(|home| std::fs::canonicalize(home).ok());
    let hidden = home
        .as_ref()
        .and_then(|home| real.strip_prefix(home).ok())
        .is_some_and(|below| below.as_os_str().as_encoded_bytes().starts_with(b"."));
    let rows = || Table::get().apart.iter().flat_map(|row| &row.paths);
    let within_home = home.is_some_and(|home| real.starts_with(&home) && !is_too_wide(real));
    hidden || (!within_home && rows().any(|path| real.starts_with(path))) || is_too_wide(real)
}

/// A list without what it holds already.
struct Allowed {
    paths: Vec<PathBuf>,
    real: BTreeSet<PathBuf>,
}

impl Allowed {
    fn system() -> Allowed {
        let mut all = Allowed { paths: Vec::new(), real: BTreeSet::new() };
        Table::get().system.iter().flat_map(|row| &row.paths).for_each(|path| all.put(path));
        all
    }

    fn holds(&self, real: &Path) -> bool {
        real.ancestors().any(|path| self.real.contains(path))
    }

    /// A file or a folder, unless it is not there, known, or too wide to be a compiler's own.
    fn put(&mut self, path: &Path) {
        let Ok(real) = std::fs::canonicalize(path) else { return };
        if path.is_absolute() && !self.holds(&real) && !(real.is_dir() && is_too_wide(&real)) {
            self.paths.push(real.clone());
            self.real.insert(real);
        }
    }

    /// A program by each of its names: the file, what was installed with it, and where it has its libraries looked for.
    fn program(&mut self, program: &Path, target: &str) {
        let real = std::fs::canonicalize(program).unwrap_or_default();
        let mut names = vec![program.to_path_buf(), real.clone()];
        names.dedup();
        for name in names.iter().filter(|name| name.is_absolute()) {
            for row in &Table::get().packages {
                let package = name.strip_prefix(&row.folder).ok().and_then(|below| below.iter().next());
                package.into_iter().for_each(|package| self.put(&row.folder.join(package)));
            }
            self.put(name);
            let Some(folder) = name.parent() else { continue };
            if !folder.ends_with("bin") && !folder.ends_with("sbin") {
                beside(folder).iter().for_each(|file| self.put(file));
                continue;
            }
            self.put(folder);
            let prefix = folder.parent().unwrap_or(folder);
            let beside = Table::get().beside.iter().flat_map(|row| &row.folders).map(String::as_str);
            for name in beside.chain([target]).filter(|name| !name.is_empty()) {
                self.put(&prefix.join(name));
            }
        }
        if !real.starts_with("/usr") && !real.starts_with("/nix/store") && !real.starts_with("/gnu/store") {
            run_paths(&real).iter().for_each(|folder| self.put(folder));
        }
    }
}

/// The files of a folder that is not for programs alone: a wrapper reads its settings beside it. Not what is below, nor links.
fn beside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    match is_too_wide(folder) {
        true => Vec::new(),
        false => files.map(|entry| entry.path()).collect(),
    }
}

/// Where the compiler looks for its programs, libraries and headers, as it says itself.
fn searched(compiler: &Compiler) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Ok(said) = compiler.question(&["-print-search-dirs"], b"") {
        for line in said.text().lines() {
            let folders = line.split_once(": ").map_or("", |(_, rest)| rest.trim_start_matches('='));
            found.extend(std::env::split_paths(folders));
        }
    }
    if let Ok(said) = compiler.question(&["-E", "-v", "-x", "c", "/dev/null", "-o", "/dev/null"], b"") {
        let lines = said.stderr.lines().skip_while(|line| !line.contains("search starts here"));
        let folders = lines.take_while(|line| !line.starts_with("End of search list"));
        found.extend(folders.filter_map(|line| line.strip_prefix(' ')).map(|f| PathBuf::from(f.trim())));
    }
    found
}

/// The folders in which a program has the loader look for its libraries (`DT_RUNPATH`, `DT_RPATH`).
fn run_paths(program: &Path) -> Vec<PathBuf> {
    use object::elf::{DT_RPATH, DT_RUNPATH};
    let Ok(bytes) = crate::files::bytes(program, LARGEST) else { return Vec::new() };
    let own = dynamic_strings(&bytes, &[DT_RPATH, DT_RUNPATH]).unwrap_or_default();
    let origin = program.parent().unwrap_or(program).to_string_lossy().into_owned();
    let all = own.join(":").replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", &origin);
    std::env::split_paths(&all).filter(|folder| folder.is_absolute()).collect()
}

/// What a call may read: what the compiler may in any, what the user allowed, and what this call is about.
pub(super) fn of_call(compiler: &[PathBuf], further: &[PathBuf]) -> Vec<PathBuf> {
    compiler.iter().cloned().chain(allowed()).chain(further.iter().cloned()).collect()
}

/// The file that a confined program could not read though its user could, by what it says.
pub(super) fn withheld(said: &str, cwd: &Path, readable: &[PathBuf]) -> Option<PathBuf> {
    let telling =
        ["error", "denied", "cannot", "Cannot", "not found", "No such file", "Could not", "not open"];
    let writes = ["cannot create", "Directory nonexistent", "for writing", "output file"];
    let tells = |line: &&str| {
        telling.iter().any(|word| line.contains(word)) && !writes.iter().any(|word| line.contains(word))
    };
    let lines = said.lines().take(LINES).filter(tells);
    let ends = |c: char| c.is_whitespace() || "'\"`:;,()@=\u{2018}\u{2019}".contains(c);
    let files =
        lines.flat_map(|line| line.split(ends)).filter(|word| word.len() > 1 && word.contains(['/', '.']));
    let real: Vec<PathBuf> = readable.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect();
    files.map(|word| cwd.join(word)).find(|path| {
        let outside = |found: PathBuf| !real.iter().any(|allowed| found.starts_with(allowed));
        std::fs::canonicalize(path).is_ok_and(outside)
            && rustix::fs::access(path, rustix::fs::Access::READ_OK).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_says_why() {
        let table: Table = toml::from_str(embedded("readable.toml").unwrap()).unwrap();
        let rows = [table.system.len(), table.packages.len(), table.beside.len()];
        let told = Table::get();
        assert_eq!(rows, [told.system.len(), told.packages.len(), told.beside.len()]);
        assert!(table.apart.iter().all(|row| !row.why.is_empty() && !row.source.is_empty()));
        assert!(
            table.system.iter().chain(&table.apart).flat_map(|row| &row.paths).all(|path| path.is_absolute())
        );
    }

    #[test]
    fn a_compiler_reads_what_was_installed_with_it_and_no_more_of_its_owners() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        for folder in
            ["tools/bin", "tools/lib", "tools/libexec", "tools/x-linux", "tools/secrets", "odd/below"]
        {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in ["tools/bin/cc", "odd/cc", "odd/settings", "odd/below/file", "elsewhere"] {
            std::fs::write(root.join(file), "").unwrap();
        }
        std::os::unix::fs::symlink(root.join("elsewhere"), root.join("odd/link")).unwrap();
        let mut all = Allowed::system();
        all.program(&root.join("tools/bin/cc"), "x-linux");
        all.program(&root.join("odd/cc"), "");
        for (file, allowed) in [
            ("tools/bin/as", true),
            ("tools/lib/x.so", true),
            ("tools/libexec/cc1", true),
            ("tools/x-linux/ld", true),
            ("tools/secrets/key", false),
            ("tools", false),
            ("odd/cc", true),
            ("odd/settings", true),
            ("odd/link", false),
            ("odd/below/file", false),
        ] {
            let real = root.join(file).canonicalize().unwrap_or(root.join(file));
            assert_eq!(all.holds(&real), allowed, "{file}");
        }
        assert!(all.holds(Path::new("/usr/include/stdio.h")) && !all.holds(Path::new("/etc/passwd")));
    }

    #[test]
    fn the_file_that_was_withheld_is_named() {
        let place = tempfile::tempdir().unwrap();
        let (inside, outside) = (place.path().join("in"), place.path().join("out.h"));
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(inside.join("k.c"), "").unwrap();
        std::fs::write(&outside, "").unwrap();
        let of = |said: &str| withheld(said, &inside, &[inside.clone(), "/usr".into()]);
        let path = outside.display();
        for said in [
            format!("k.c:1:10: fatal error: {path}: Permission denied"),
            format!("k.c:1:10: fatal error: cannot open file '{path}': Permission denied"),
            format!(
                "{}/x.s: Assembler messages:\n{}/x.s:4: Error: file not found: {path}",
                inside.display(),
                inside.display()
            ),
            "k.c:1:10: fatal error: ../out.h: Permission denied".into(),
        ] {
            let found = of(&said).map(|p| p.canonicalize().unwrap());
            assert_eq!(found, Some(outside.canonicalize().unwrap()), "{said}");
        }
        for said in [
            "sh: 1: cannot create ../out.h: Permission denied",
            "./k.c:3: error: no",
            "a/b.h: No such file",
            "cc1: error: /usr/include is no option",
            "",
        ] {
            assert_eq!(of(said), None, "{said}");
        }
    }

    #[test]
    fn records_do_not_open_what_is_no_source() {
        assert!(["/", "/etc/ssh", "/var/lib", "/proc/1"].iter().all(|path| is_apart(Path::new(path))));
        assert!(!is_apart(Path::new("/srv/build")) && !is_apart(Path::new("/usr/include")));
        if let Some(home) = std::env::var_os("HOME").and_then(|home| std::fs::canonicalize(home).ok()) {
            assert!(is_apart(&home) && is_apart(&home.join(".ssh")) && !is_apart(&home.join("src/tool")));
        }
    }
}

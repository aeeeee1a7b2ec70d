//! gcc's own `cc1` and `as`, called without their driver. It spares the driver, for most flags the headers, and the
//! assembler wherever the same assembly was met before. The lines are the driver's own (`-###`), and a unit is
//! compiled so only after its base has become the same object both ways; whatever is odd goes to the driver.

use super::code_cache::{Key, key};
use super::driver_command::{Line, OBJECT, SOURCE, TEXT};
use super::identity::{Identity, identity};
use crate::toolchain::{Compiler, Family, Launcher, optimizer_switches};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Longest a single call may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Where a unit is, and what it is called there.
pub(super) struct Place<'p> {
    /// The compiler's working directory.
    pub folder: &'p Path,
    /// The unit's file name.
    pub file: &'p str,
    /// The unit and all that it may include.
    pub source: Key,
}

/// The flags of one compilation: those of the base, and all with further ones after them.
#[derive(Clone, Copy)]
pub(super) struct Words<'w> {
    pub base: &'w [String],
    pub all: &'w [String],
}

/// Answers by question, each asked once or, by two threads at once, twice.
type Memo<K, V> = Mutex<HashMap<K, V>>;

/// The programs behind one driver.
#[derive(Debug)]
pub(super) struct Straight<'a> {
    compiler: &'a Compiler,
    launcher: Arc<Launcher>,
    scratch: &'a Path,
    next: AtomicU64,
    switches: OnceLock<BTreeSet<String>>,
    lines: Memo<(Vec<String>, bool), Option<Arc<Line>>>,
    macros: Memo<Vec<String>, Option<Key>>,
    texts: Memo<(Key, Key), Option<PathBuf>>,
    fit: Memo<(Key, Key, bool), bool>,
    assembled: Memo<Key, PathBuf>,
}

impl<'a> Straight<'a> {
    pub(super) fn new(compiler: &'a Compiler, launcher: Arc<Launcher>, scratch: &'a Path) -> Straight<'a> {
        Straight {
            compiler,
            launcher,
            scratch,
            next: AtomicU64::default(),
            switches: OnceLock::new(),
            lines: Mutex::default(),
            macros: Mutex::default(),
            texts: Mutex::default(),
            fit: Mutex::default(),
            assembled: Mutex::default(),
        }
    }

    /// The object of a unit, shared by all flags that lead to the same assembly. `driven` is its base's object as the
    /// driver makes it. `None` wherever the driver has to be asked.
    pub(super) fn object(
        &self,
        place: &Place,
        words: Words,
        driven: impl Fn() -> Option<PathBuf>,
    ) -> Option<PathBuf> {
        let lto = words.all.iter().rfind(|w| w.starts_with("-flto") || *w == "-fno-lto");
        if self.compiler.family != Family::Gcc || lto.is_some_and(|w| w != "-fno-lto") {
            return None;
        }
        let read = self.reads_alike(words);
        let base = key(words.base.iter().map(String::as_str));
        let fits = memo(&self.fit, (place.source, base, read), || {
            let plain = Words { base: words.base, all: words.base };
            let Some(driven) = driven() else { return false };
            let own = self.made(place, plain, read).and_then(|path| identity_of(&path));
            own.is_some() && own == identity_of(&driven)
        });
        if fits { self.made(place, words, read) } else { None }
    }

    /// Whether the preprocessor makes the same text of every unit with the further flags as without them: all are of
    /// the optimiser or the target, and the predefined macros are the same.
    fn reads_alike(&self, words: Words) -> bool {
        let switches = self.switches.get_or_init(|| optimizer_switches(self.compiler).unwrap_or_default());
        let further = &words.all[words.base.len()..];
        let mut value = false;
        let neutral = |word: &String| {
            let is_value = std::mem::replace(&mut value, word == "--param");
            let option = word.split_once('=').map_or(word.clone(), |(name, _)| format!("{name}="));
            is_value
                || ["-O", "--param"].iter().any(|p| word.starts_with(p))
                || (word.starts_with("-m") && word != "-m32" && word != "-mx32" && word != "-m16")
                || switches.contains(&option)
        };
        further.iter().all(neutral) && {
            let macros = self.macros(words.all);
            macros.is_some() && macros == self.macros(words.base)
        }
    }

    fn macros(&self, flags: &[String]) -> Option<Key> {
        memo(&self.macros, flags.to_vec(), || {
            let empty = self.scratch.join("empty.c");
            created(&empty)?;
            let mut args = flags.to_vec();
            args.extend(["-dM".into(), "-E".into(), empty.display().to_string()]);
            let said = self.launcher.invoke(&args, self.scratch, self.scratch, LIMIT).ok()?;
            said.ok().then(|| key([said.text().as_str()]))
        })
    }

    /// The driver's lines for some flags.
    fn line(&self, flags: &[String], preprocessed: bool) -> Option<Arc<Line>> {
        memo(&self.lines, (flags.to_vec(), preprocessed), || {
            // How the parts hand over their work is not of the code.
            let mut args: Vec<String> = flags.iter().filter(|f| *f != "-pipe").cloned().collect();
            let input = if preprocessed { TEXT } else { SOURCE };
            args.extend(["-###", "-c", "-o", OBJECT, input].map(String::from));
            let file = self.scratch.join(input);
            created(&file)?;
            let said = self.launcher.invoke(&args, self.scratch, self.scratch, LIMIT).ok()?;
            let line = Line::parse(&said.stderr, &self.compiler.engine)?;
            said.ok().then(|| Arc::new(line))
        })
    }

    /// The unit's preprocessed text under the base.
    fn text(&self, place: &Place, base: &[String]) -> Option<PathBuf> {
        memo(&self.texts, (place.source, key(base.iter().map(String::as_str))), || {
            let out = self.fresh("i");
            let mut args = base.to_vec();
            args.extend(["-E".into(), "-o".into(), out.display().to_string(), place.file.to_string()]);
            let said = self.launcher.invoke(&args, place.folder, self.scratch, LIMIT).ok()?;
            said.ok().then_some(out)
        })
    }

    /// Compiles, and assembles what was not assembled before.
    fn made(&self, place: &Place, words: Words, preprocessed: bool) -> Option<PathBuf> {
        let line = self.line(words.all, preprocessed)?;
        let input = match preprocessed {
            true => self.text(place, words.base)?.display().to_string(),
            false => place.file.to_string(),
        };
        let assembly = self.fresh("s");
        let name = assembly.display().to_string();
        let run = |program: &Path, args: &[String]| {
            self.launcher.part(program, args, place.folder, self.scratch, LIMIT)
        };
        let bytes =
            run(&line.cc1, &line.compile(&input, &name)).then(|| std::fs::read(&assembly).ok()).flatten();
        let object = bytes.and_then(|bytes| {
            let mut hash = Sha256::new();
            hash.update(line.assemble("", "").join("\0"));
            hash.update(&bytes);
            let mut short = Key::default();
            short.copy_from_slice(&hash.finalize()[..16]);
            if let Some(known) = self.assembled.lock().ok()?.get(&short) {
                return Some(known.clone());
            }
            let out = self.fresh("o");
            if !run(&line.assembler, &line.assemble(&name, &out.display().to_string())) {
                return None;
            }
            self.assembled.lock().ok()?.insert(short, out.clone());
            Some(out)
        });
        std::fs::remove_file(&assembly).ok();
        object
    }

    fn fresh(&self, extension: &str) -> PathBuf {
        self.scratch.join(format!("straight-{}.{extension}", self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

/// An empty file, where nothing has its name; a link that a compiler left is not followed.
fn created(path: &Path) -> Option<()> {
    match std::fs::File::create_new(path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => None,
        _ => Some(()),
    }
}

fn identity_of(object: &Path) -> Option<Identity> {
    identity(&std::fs::read(object).ok()?).ok()
}

fn memo<K: Eq + Hash, V: Clone>(known: &Memo<K, V>, question: K, ask: impl FnOnce() -> V) -> V {
    if let Some(answer) = known.lock().ok().and_then(|k| k.get(&question).cloned()) {
        return answer;
    }
    let answer = ask();
    if let Ok(mut known) = known.lock() {
        known.insert(question, answer.clone());
    }
    answer
}

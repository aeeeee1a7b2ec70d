//! Files that change while they are read, and that were there before they are written.

use crate::faults::support::{Place, fails};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub fn fixture(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)).unwrap()
}

/// A text and another of its length that differ at both ends, each with a long `gap` ahead of `at` in between, so that to
/// read and to write it take a while.
fn two(text: &str, changes: &[(&str, &str)], at: &str, gap: &str) -> [String; 2] {
    let changed = changes.iter().fold(text.to_string(), |text, (from, to)| text.replace(from, to));
    let middle = text.find(at).unwrap();
    let differ = |range: std::ops::Range<usize>| text[range.clone()] != changed[range];
    assert!(changed.len() == text.len() && differ(0..middle) && differ(middle..text.len()));
    [text, &changed].map(|text| format!("{}{}{}", &text[..middle], gap.repeat(900), &text[middle..]))
}

/// Does `other` again and again on a thread beside `work`, counted from 0; it ends with it, also where a test fails.
pub fn beside<T>(mut other: impl FnMut(usize) + Send, work: impl FnOnce() -> T) -> T {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| (0..).take_while(|_| !stop.load(Ordering::SeqCst)).for_each(&mut other));
        work()
    })
}

/// Reads a file some times while another thread changes it in every way there is: what is read is one of the two texts,
/// or nothing where the file was empty, or an error. When it rests, it is read.
fn never_a_mixture(path: &Path, texts: &[String; 2]) {
    let read = || hwtune::files::bytes(path, 16 << 20);
    std::fs::write(path, &texts[0]).unwrap();
    // Odd while a change is under way: a file that its writer leaves in the middle of one, and is not woken for longer than
    // a read takes, rests there, and nobody can tell.
    let changes = AtomicUsize::new(0);
    beside(
        |turn| {
            changes.fetch_add(1, Ordering::SeqCst);
            let text = texts[turn / 4 % 2].as_bytes();
            let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
            match turn % 4 {
                0 | 1 => {
                    if turn % 4 == 1 {
                        file.set_len(0).unwrap();
                    }
                    for (at, piece) in text.chunks(1 << 16).enumerate() {
                        file.write_all_at(piece, (at << 16) as u64).unwrap();
                    }
                }
                2 => {
                    file.write_all_at(b"\n# more", text.len() as u64).unwrap();
                    file.set_len(text.len() as u64).unwrap();
                }
                _ => {
                    std::fs::write(path.with_extension("new"), text).unwrap();
                    std::fs::rename(path.with_extension("new"), path).unwrap();
                }
            }
            changes.fetch_add(1, Ordering::SeqCst);
        },
        || {
            // The other thread is given its turns: as many changes as it takes, whatever else this machine does.
            while changes.load(Ordering::SeqCst) < 8000 {
                let before = changes.load(Ordering::SeqCst);
                let read = read();
                let rested = before % 2 == 1 && before == changes.load(Ordering::SeqCst);
                if let (Ok(read), false) = (read, rested) {
                    let whole = read.is_empty() || texts.iter().any(|text| text.as_bytes() == read);
                    assert!(whole, "a mixture of {} bytes, not of {}", read.len(), texts[0].len());
                }
                if before == changes.load(Ordering::SeqCst) {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            }
        },
    );
    std::fs::write(path, &texts[0]).unwrap();
    assert_eq!(read().unwrap(), texts[0].as_bytes());
}

/// By what all readers read; each of them is held to it below.
#[test]
fn texts_that_change_are_whole_or_none() {
    // In memory where there is such a place: a disk makes a writer wait, and a file at rest is no test.
    let memory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let comment = format!("\n# {}", "-".repeat(1000));
    let profile = fixture("profiles/measured.toml");
    never_a_mixture(
        &memory.path().join("p.toml"),
        &two(&profile, &[("skylake", "ekalyks")], "\n[names]", &comment),
    );
    // The stepping above, the model's name below.
    let brand = [("eax=0x000506e3", "eax=0x000506e8"), ("eax=0x37692029", "eax=0x37692020")];
    let dump = fixture("hosts/raw/skylake--cpuid-r.txt");
    never_a_mixture(&memory.path().join("dump"), &two(&dump, &brand, "\n   0x80000003", &"\n".repeat(1000)));
}

/// A file that is written to without a pause is refused by each command that reads one, and by none of them waited for.
#[test]
fn every_reader_refuses_what_is_being_written() {
    let place = Place::new();
    let memory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let at = |name: &str| memory.path().join(name);
    std::fs::create_dir(at("probes")).unwrap();
    std::fs::create_dir(at("templates")).unwrap();
    let profile = fixture("profiles/measured.toml");
    for (file, text, call) in [
        ("p.toml", &profile[..], "check --no-toolchains p.toml"),
        ("p.toml", &profile, "diff p.toml p.toml"),
        ("p.toml", &profile, "render env-sh --profile p.toml"),
        ("p.toml", &profile, "fleet merge p.toml"),
        ("dump", &fixture("hosts/raw/skylake--cpuid-r.txt"), "detect --no-toolchains --cpuid-dump dump"),
        (
            "cpuinfo",
            &fixture("hosts/raw/skylake--cpuinfo-x86.txt"),
            "detect --no-toolchains --cpuinfo cpuinfo",
        ),
        ("probes/flags.toml", "# none\n", "list flags --probes probes"),
        ("templates/x.j2", "{# no #}", "render x --templates templates"),
        ("state", "schema = 1\n", "rollout verify --state state"),
        ("k.c", "int x;\n", "tune --kernel k.c -o x.toml"),
        ("c.nix", "{ }\n", "rollout imported c.nix"),
    ] {
        std::fs::write(at(file), text).unwrap();
        // The same bytes: what is refused is the writing, not what was written.
        let open = std::fs::OpenOptions::new().write(true).open(at(file)).unwrap();
        let said = beside(
            |_| open.write_all_at(text.as_bytes(), 0).unwrap(),
            || {
                // A machine that does not wake the writer for as long as a command reads makes another try.
                let refused = |_: &usize| {
                    let args: Vec<&str> = call.split(' ').collect();
                    let output = place.hwtune(&args).current_dir(memory.path()).output().unwrap();
                    String::from_utf8_lossy(&output.stderr).contains("it changed while it was read")
                };
                (0..50).find(refused)
            },
        );
        assert!(said.is_some(), "{call}");
    }
}

/// Commands that write a file, `@` its name.
const WRITERS: [&str; 9] = [
    "detect --no-toolchains -o @",
    "check p.toml --no-toolchains -o @",
    "diff p.toml p.toml -o @",
    "render env-sh --profile p.toml -o @",
    "report --section adr p.toml -o @",
    "fleet merge p.toml -o @",
    "schema -o @",
    "list flags -o @",
    "tune --kernel mine.c --candidates flags --budget 1s --force -o @",
];

fn run(place: &Place, call: &str, file: &str) -> Output {
    let args: Vec<&str> = call.split(' ').map(|word| if word == "@" { file } else { word }).collect();
    place.hwtune(&args).output().unwrap()
}

#[test]
fn every_command_keeps_the_mode_of_the_file_it_writes_and_follows_no_link() {
    let place = Place::new();
    place.file("p.toml", &fixture("profiles/measured.toml"));
    for call in WRITERS {
        let old = place.file("old", "old");
        std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o640)).unwrap();
        let other = place.file("other", "other");
        symlink(&other, place.path("link")).unwrap();
        for file in ["old", "link", "new"] {
            let output = run(&place, call, file);
            // 10: the profile is stale here.
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(matches!(output.status.code(), Some(0 | 10)), "{call}: {said}");
            let about = std::fs::symlink_metadata(place.path(file)).unwrap();
            assert!(about.is_file() && about.len() > 5, "{call}: {file}");
            let expected = if file == "old" { 0o640 } else { 0o644 };
            assert_eq!(about.mode() & 0o7777, expected, "{call}: {file}");
        }
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "other", "{call}");
        for file in ["old", "link", "new"] {
            std::fs::remove_file(place.path(file)).unwrap();
            // What `tune --force` keeps of a file that was no profile.
            std::fs::remove_file(place.path(&format!("{file}.bak"))).ok();
        }
    }
    place.clean();
}

#[test]
fn a_folder_one_may_not_write_to_is_told_and_what_is_in_it_stays() {
    let place = Place::new();
    if !hwtune::host::is_root() {
        return eprintln!("skipped: only root can become somebody else");
    }
    place.file("p.toml", &fixture("profiles/measured.toml"));
    std::fs::create_dir(place.path("out")).unwrap();
    place.file("out/host.toml", "old");
    std::fs::set_permissions(place.dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    for call in WRITERS {
        let args: Vec<&str> =
            call.split(' ').map(|word| if word == "@" { "out/host.toml" } else { word }).collect();
        // What stays of root is its name: it may do what others may.
        let mut command = std::process::Command::new("setpriv");
        command.args(["--bounding-set=-all", "--inh-caps=-all"]);
        command.arg(env!("CARGO_BIN_EXE_hwtune")).args(args);
        std::os::unix::fs::chown(place.path("out"), Some(65534), Some(65534)).unwrap();
        let output = place.dress(&mut command).output().unwrap();
        fails(call, &output, 30, &["out/host.toml", "Permission denied", "-o"]);
        assert_eq!(std::fs::read_to_string(place.path("out/host.toml")).unwrap(), "old", "{call}");
        assert_eq!(std::fs::read_dir(place.path("out")).unwrap().count(), 1, "{call}");
    }
}

//! Folders of one's own: too many files in them, links out of them, files that change places with links.

use crate::faults::files::{beside, fixture};
use crate::faults::support::{Place, fails};
use hwtune::catalogue::Catalogue;
use std::os::unix::fs::symlink;
use std::path::Path;

#[test]
fn a_folder_of_too_many_files_or_bytes_is_refused() {
    let place = Place::new();
    place.file("p.toml", &fixture("profiles/measured.toml"));
    let many = place.path("many/mine");
    std::fs::create_dir_all(&many).unwrap();
    for n in 0..10_001 {
        std::fs::File::create(many.join(format!("k{n}.c"))).unwrap();
    }
    let list = |folder: &str| place.hwtune(&["list", "packages", "--probes", folder]).output().unwrap();
    fails("many", &list("many"), 2, &["many/mine", "too many files", "10000"]);
    let templates = ["render", "env-sh", "--profile", "p.toml", "--templates", "many/mine"];
    fails("templates", &place.hwtune(&templates).output().unwrap(), 2, &["many/mine", "too many files"]);
    std::fs::remove_dir_all(place.path("many")).unwrap();

    // Each of them is small enough.
    std::fs::create_dir_all(place.path("large/mine")).unwrap();
    let big = format!("int x;{}", " ".repeat((1 << 20) - 6));
    for n in 10..76 {
        place.file(&format!("large/mine/u{n}.c"), &big);
    }
    let units: Vec<String> = (10..76).map(|n| format!("\"u{n}.c\"")).collect();
    place.file("large/mine/a.c", &format!("/* hwtune:\ntitle = \"t\"\nstands_for = \"s\"\nsource = \"s\"\ndatasets = [\"a\", \"b\", \"c\"]\nunits = [{}]\n*/\n", units.join(", ")));
    let output = place.hwtune(&["tune", "--kernel", "large/mine/a.c", "-o", "x.toml"]).output().unwrap();
    fails("large", &output, 2, &["large/mine/a.c", "units", "64 MiB"]);
    // A fleet is larger than a folder that people fill by hand, and has its own limits.
    std::fs::create_dir(place.path("fleet")).unwrap();
    for n in 0..70 {
        std::fs::File::create(place.path("fleet").join(format!("{n}.toml")))
            .unwrap()
            .set_len(16 << 20)
            .unwrap();
    }
    let output = place.hwtune(&["fleet", "merge", "fleet"]).output().unwrap();
    fails("fleet", &output, 2, &["more than 1024 MiB of profiles"]);
}

/// A folder with a package of its own, whole: kernel, unit, header, trial and driver.
fn own(root: &Path) {
    let mine = root.join("mine");
    std::fs::create_dir_all(&mine).unwrap();
    let front = "/* hwtune:\ntitle = \"t\"\nstands_for = \"s\"\nsource = \"s\"\ndatasets = [\"a\", \"b\", \"c\"]\nunits = [\"unit.c\"]\nheaders = [\"head.h\"]\n*/\n";
    for (file, text) in [
        ("mine/k.c", front),
        ("mine/unit.c", "int unit;\n"),
        ("mine/head.h", "extern int unit;\n"),
        ("mine/drive.c", "int drive;\n"),
        (
            "flags.toml",
            "[[flag]]\nname = \"-fown\"\nkind = \"codegen\"\nrisk = \"none\"\ncompilers = [\"gcc\"]\nwhy = \"w\"\nsource = \"s\"\n",
        ),
        ("values.toml", ""),
    ] {
        std::fs::write(root.join(file), text).unwrap();
    }
    let trial = "title = \"t\"\nwhy = \"w\"\nsource = \"s\"\ndriver = \"drive.c\"\ndatasets = [\"a\", \"b\", \"c\"]\n\
        [build]\nsources = [\"*.c\"]\n[[operation]]\nname = \"one\"\nweight = 1.0\nsource = \"guess\"\n";
    std::fs::write(mine.join("trial.toml"), trial).unwrap();
    std::fs::write(root.join("packages.toml"), packages()).unwrap();
}

fn packages() -> &'static str {
    "[package.mine]\ntitle = \"t\"\nbase = [\"-O2\"]\nlayer = \"user\"\nwhy = \"w\"\nsource = \"s\"\n\
     [package.mine.kernels]\nk = { weight = 1.0, source = \"guess\" }\n"
}

#[test]
fn files_of_a_folder_of_ones_own_stay_in_it() {
    let shipped = Catalogue::load(None).unwrap();
    let read = |root: &Path| shipped.clone().extended(root).map_err(|e| e.to_string());
    let files = [
        "flags.toml",
        "values.toml",
        "packages.toml",
        "mine/k.c",
        "mine/unit.c",
        "mine/head.h",
        "mine/trial.toml",
        "mine/drive.c",
    ];
    for file in files {
        let place = Place::new();
        let root = place.path("own");
        own(&root);
        let expected = read(&root).unwrap();
        let real = root.join(file);
        let text = std::fs::read(&real).unwrap();
        let refused = |what: &str, words: &str| {
            let error = read(&root).unwrap_err();
            let named = error.contains(file)
                || (error.contains("mine/k.c, line") && error.contains(file.trim_start_matches("mine/")));
            assert!(named && error.contains(words) && !error.contains('\n'), "{file}, {what}: {error}");
        };
        // A link within the folder is as good as the file.
        std::fs::create_dir(root.join("kept")).unwrap();
        std::fs::rename(&real, root.join("kept/it")).unwrap();
        symlink(root.join("kept/it"), &real).unwrap();
        assert_eq!(read(&root).unwrap().kernels, expected.kernels, "{file}");
        // The same text outside of it is not.
        std::fs::write(place.path("outside"), &text).unwrap();
        std::fs::remove_file(&real).unwrap();
        symlink(place.path("outside"), &real).unwrap();
        refused("a link out", "leads out of its folder");
        std::fs::remove_file(&real).unwrap();
        symlink("nowhere", &real).unwrap();
        refused("a link to nothing", "No such file");
        std::fs::remove_file(&real).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &real, rustix::fs::Mode::RUSR).unwrap();
        refused("a FIFO", "not a regular file");
        std::fs::remove_file(&real).unwrap();
        std::fs::create_dir(&real).unwrap();
        refused("a folder", "not a regular file");
        std::fs::remove_dir(&real).unwrap();
        // Replaced by a link out and back while it is read: the text of the folder, or refused.
        std::fs::write(
            place.path("outside"),
            String::from_utf8_lossy(&text).replace("\"t\"", "\"evil\"") + "\n",
        )
        .unwrap();
        std::fs::write(&real, &text).unwrap();
        let swap = |turn| {
            let fresh = place.path("fresh");
            match turn % 2 {
                0 => symlink(place.path("outside"), &fresh).unwrap(),
                _ => std::fs::write(&fresh, &text).unwrap(),
            }
            std::fs::rename(&fresh, &real).unwrap();
        };
        beside(swap, || {
            for _ in 0..20 {
                match read(&root) {
                    Ok(made) => {
                        assert!(made.kernels == expected.kernels && made.flags == expected.flags, "{file}")
                    }
                    Err(error) => assert!(
                        error.contains("leads out of its folder") || error.contains("changed while"),
                        "{file}: {error}"
                    ),
                }
            }
        });
    }
}

//! What was compiled once is not compiled again; a cache that is gone or damaged costs time and nothing else.

use hwtune::build::{Builder, CodeCache, Flags};
use hwtune::catalogue::{Catalogue, Kernel};
use hwtune::files::Workspace;
use hwtune::toolchain::Compiler;
use std::path::{Path, PathBuf};

fn flags(word: &str) -> Flags {
    Flags { compile: vec![word.into()], link: Vec::new() }
}

struct Shop {
    catalogue: Catalogue,
    compiler: Compiler,
    workspace: Workspace,
}

impl Shop {
    fn new() -> Shop {
        let compiler = Compiler::ask(Path::new("gcc")).unwrap();
        Shop { catalogue: Catalogue::load(None).unwrap(), compiler, workspace: Workspace::new().unwrap() }
    }

    fn kernel(&self) -> &Kernel {
        self.catalogue.kernels.iter().find(|k| k.name == "zlib/adler32").unwrap()
    }

    /// What each flag does to the kernel, and how many units had to be compiled without the driver for it.
    fn answers(&self, cache: &CodeCache) -> (Vec<bool>, usize) {
        let base = Flags { compile: vec!["-O2".into(), "-fPIC".into()], link: Vec::new() };
        let (support, probe_h) = (self.catalogue.support.clone(), self.catalogue.probe_h.clone());
        let builder = Builder::new(&self.compiler, &self.workspace, cache, base, support, probe_h);
        let same = |word: &&str| builder.same(self.kernel(), &Flags::default(), &flags(word)).unwrap();
        let answers =
            ["-Os", "-O3", "-fipa-pta", "-funroll-loops", "-fno-tree-ter"].iter().map(same).collect();
        (answers, builder.spared())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|all| all.flatten().map(|e| e.path()).collect()).unwrap_or_default()
}

#[test]
fn answers_are_the_same_whatever_becomes_of_the_cache() {
    let (home, shop) = (tempfile::tempdir().unwrap(), Shop::new());
    let folder = home.path().join("hwtune/code");
    let open = || CodeCache::at(Some(folder.clone()), &shop.compiler);
    let first = open();
    let (wanted, compiled) = shop.answers(&first);
    assert!(compiled >= 5 && wanted.contains(&true) && wanted.contains(&false));
    first.save();
    assert_eq!(files(&folder).len(), 1);

    let second = open();
    assert_eq!(shop.answers(&second), (wanted.clone(), 0), "nothing is compiled again");
    // Deleted while it is in use.
    std::fs::remove_dir_all(home.path().join("hwtune")).unwrap();
    assert_eq!(shop.answers(&second), (wanted.clone(), 0));
    second.save();
    drop(second);
    let third = open();
    assert_eq!(shop.answers(&third).0, wanted);
    third.save();

    // Damaged in the middle, cut off, another file altogether, a folder in its place.
    let file = files(&folder).pop().unwrap();
    let good = std::fs::read(&file).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bad in [&flipped[..], &good[..good.len() / 2], b"", b"another file\n"] {
        std::fs::write(&file, bad).unwrap();
        let (answers, compiled) = shop.answers(&open());
        assert!(answers == wanted && compiled >= 5, "{} bytes", bad.len());
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert_eq!(shop.answers(&open()).0, wanted);
    std::fs::remove_dir(&file).unwrap();

    hwtune::toolchain::use_cache(false);
    let none = CodeCache::of(&shop.compiler);
    assert_eq!(shop.answers(&none), (wanted, compiled));
    none.save();
    assert!(files(&folder).is_empty(), "--no-cache writes nothing");
}

/// A wrapper adds flags of its own: what the compiler behind it made says nothing of what it makes.
#[test]
fn a_wrapper_and_the_compiler_behind_it_are_told_apart() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let real = which::which("gcc").unwrap();
    for folder in ["bin", "nix-support"] {
        std::fs::create_dir(at(folder)).unwrap();
    }
    let flags = |text: &str| std::fs::write(at("nix-support/cc-cflags-before"), text).unwrap();
    let script = format!(
        "#!/bin/sh\nexec {} $(cat {}) \"$@\"\n",
        real.display(),
        at("nix-support/cc-cflags-before").display()
    );
    std::fs::write(at("bin/gcc"), script).unwrap();
    std::fs::set_permissions(at("bin/gcc"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let shop = |command: &Path| Shop {
        catalogue: Catalogue::load(None).unwrap(),
        compiler: Compiler::ask(command).unwrap(),
        workspace: Workspace::new().unwrap(),
    };
    let same = |shop: &Shop, word: &str| {
        let cache = CodeCache::at(Some(at("code")), &shop.compiler);
        let base = Flags { compile: vec!["-O2".into(), "-fPIC".into()], link: Vec::new() };
        let (support, probe_h) = (shop.catalogue.support.clone(), shop.catalogue.probe_h.clone());
        let builder = Builder::new(&shop.compiler, &shop.workspace, &cache, base, support, probe_h);
        builder.same(shop.kernel(), &Flags::default(), &tried(word)).unwrap()
    };
    fn tried(word: &str) -> Flags {
        Flags { compile: vec![word.into()], link: Vec::new() }
    }
    flags("-fno-omit-frame-pointer");
    for _ in 0..2 {
        assert!(same(&shop(&real), "-fomit-frame-pointer"), "gcc leaves it out at -O2 anyway");
        assert!(!same(&shop(&at("bin/gcc")), "-fomit-frame-pointer"), "the wrapper keeps it");
    }
    let of = |command: &Path| Compiler::ask(command).unwrap();
    let (plain, wrapped) = (of(&real), of(&at("bin/gcc")));
    assert_eq!(plain.id(), wrapped.id());
    assert!(wrapped.nix_wrapper && plain.sha256() != wrapped.sha256());
    flags("");
    let other = of(&at("bin/gcc"));
    assert_ne!(other.sha256(), wrapped.sha256(), "its settings are part of it");
    assert_ne!(other.fingerprint(), wrapped.fingerprint());
    assert!(same(&shop(&at("bin/gcc")), "-fomit-frame-pointer"));
    let hardened = Compiler { hardening: Some("fortify".into()), ..other.clone() };
    assert_ne!(hardened.fingerprint(), other.fingerprint());
    assert_eq!(of(&real).fingerprint(), plain.fingerprint());
}

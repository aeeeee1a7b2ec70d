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

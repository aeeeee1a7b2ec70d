//! A package that nobody here wrote: a small library, its trial and driver in a user's own folder.

use hwtune::profile::{Judgement, Verdict};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub struct Mine {
    pub dir: tempfile::TempDir,
}

pub const LIBRARY: &str = "#include \"mine.h\"\n#include \"config.h\"\n\
    unsigned long mine_sum(const unsigned char *from, unsigned long n)\n{\n  unsigned long sum = MINE_START;\n\
    for (unsigned long i = 0; i < n; i++) sum += from[i] * (i & 7);\n  return sum;\n}\n";
const TWICE: &str = "#include <mine.h>\n\
    unsigned long mine_twice(const unsigned char *from, unsigned long n) { return 2 * mine_sum(from, n); }\n";
const HEADER: &str = "#define MINE_VERSION \"2.5\"\nunsigned long mine_sum(const unsigned char *, unsigned long);\n\
    unsigned long mine_twice(const unsigned char *, unsigned long);\n";
const DRIVER: &str = "#include \"probe.h\"\n#include \"own.h\"\nstatic unsigned char in[4096];\nstatic unsigned set;\n\
    int probe_dataset(unsigned i) { set = i; return i < 3 ? 0 : 1; }\n\
    void probe_setup(uint64_t seed) { (set == 1 ? support_noise : support_text)(seed, in, sizeof in); }\n\
    uint64_t probe_run(void) { return TRIAL_OPERATION == 0 ? mine_sum(in, OWN_LENGTH) : mine_twice(in, OWN_LENGTH); }\n";
const OWN: &str = "#define OWN_LENGTH 4000\nunsigned long mine_sum(const unsigned char *, unsigned long);\n\
    unsigned long mine_twice(const unsigned char *, unsigned long);\n";
const TRIAL: &str = "title = \"mine\"\nwhy = \"w\"\nsource = \"s\"\ndriver = \"drive.c\"\ndriver_headers = [\"own.h\"]\n\
    datasets = [\"text\", \"noise\", \"kept\"]\nlibrary = [\"libmine.so.2\"]\n\
    [version]\nfile = \"inc/mine.h\"\ndefine = [\"MINE_VERSION\"]\nfrom = \"2\"\nbelow = \"3\"\n\
    [build]\nsources = [\"src/*.c\"]\nleave_out = [\"src/test*.c\"]\nheaders = [\"inc/*.h\"]\ninclude = [\".\", \"inc\"]\n\
    defines = [\"MINE_START=3\"]\nconfig.\"config.h\" = { HAVE_MINE = true }\n\
    [[operation]]\nname = \"sum\"\nweight = 0.75\nsource = \"guess\"\n\
    [[operation]]\nname = \"twice\"\nweight = 0.25\nsource = \"guess\"\n";
const PACKAGES: &str = "[package.mine]\ntitle = \"Mine\"\nbase = [\"-O1\", \"-fPIC\"]\nlayer = \"user\"\nwhy = \"w\"\nsource = \"s\"\n\
    [[package.mine.allowed]]\nflag = \"*\"\nwhy = \"mine\"\n";

impl Mine {
    pub fn new() -> Mine {
        let mine = Mine { dir: tempfile::tempdir().unwrap() };
        for (file, text) in [
            ("probes/packages.toml", PACKAGES),
            ("probes/mine/trial.toml", TRIAL),
            ("probes/mine/drive.c", DRIVER),
            ("probes/mine/own.h", OWN),
            ("tree/src/sum.c", LIBRARY),
            ("tree/src/deep.c", TWICE),
            ("tree/src/test_it.c", "#error never compiled\n"),
            ("tree/inc/mine.h", HEADER),
        ] {
            mine.write(file, text);
        }
        mine
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn replace(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{from} in {file}");
        self.write(file, &text.replace(from, to));
    }

    /// Builds the library as its owner would.
    pub fn library(&self, out: &str, options: &[&str]) -> PathBuf {
        self.write("config/config.h", "");
        let mut command = Command::new("gcc");
        command.args([
            "-shared",
            "-fPIC",
            "-Iinc",
            "-I../config",
            "-DMINE_START=3",
            "-Wl,-soname,libmine.so.2",
        ]);
        command.args(["src/sum.c", "-o"]).arg(self.path(out)).args(options).current_dir(self.path("tree"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.path(out)
    }

    pub fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_hwtune"))
            .args(["--probes", "probes"])
            .args(args)
            .current_dir(self.dir.path())
            .env_remove("CC")
            .env("XDG_CACHE_HOME", self.path("cache"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

/// Neither compiler nor results stood in the way of timing.
pub fn could_be_timed(judged: &Judgement) {
    let at_fault = [Verdict::Unsupported, Verdict::WrongResult, Verdict::Crashed];
    assert!(!at_fault.contains(&judged.verdict), "{judged:?}");
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// One line, the exit code, and every word of `wanted` in it.
pub fn fails(output: &Output, code: i32, wanted: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    let errors: Vec<&str> = text.lines().filter(|l| l.contains("error:")).collect();
    assert_eq!(errors.len(), 1, "{text}");
    for word in wanted {
        assert!(errors[0].contains(word), "{word:?} in {text}");
    }
}

/// The document on standard output.
pub fn json(output: &Output) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Holds a document against the schema that hwtune prints for it.
pub fn as_its_schema_says(mine: &Mine, name: &str, document: &serde_json::Value) {
    let schema = json(&mine.run(&["schema", name]));
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(document).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{name}");
    assert!(!validator.is_valid(&serde_json::json!({"another": 1})));
}

/// A file of this machine's own libraries.
pub fn system(name: &str) -> PathBuf {
    let folders = [
        "/lib/x86_64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu",
        "/lib/aarch64-linux-gnu",
        "/lib64",
        "/usr/lib64",
    ];
    let found = folders.iter().map(|f| Path::new(f).join(name)).find(|p| p.is_file());
    found.unwrap_or_else(|| panic!("no {name} here"))
}

//! A plan is what gcc's driver would run, which it prints without starting the compiler.

use super::oracle::Native;
use crate::catalogue::Features;
use std::path::PathBuf;

/// What makes a driver tell its plan: it starts no compiler, which costs four times as much. Under `-march=native` the
/// same call tells what that expands into; a driver that does not know it says so, and plans nothing.
pub(super) const PLAN: [&str; 6] = ["-march=native", "-###", "-E", "-x", "c", "-"];

/// How gcc's driver would call the compiler proper under `-march=native`, as `-###` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The program: `cc1`.
    engine: PathBuf,
    /// What the driver adds of its own, whatever it is asked.
    added: Vec<String>,
    /// What `-march=native` became.
    pub(super) native: Native,
}

impl Plan {
    /// Reads a plan; `None` where `native` was not expanded, or where the call holds a word whose meaning is not known
    /// here: a specs file or a wrapper then has a say in what the driver calls, and only the driver can be asked.
    pub(super) fn of(verbose: &str) -> Option<Plan> {
        let call = call(verbose)?;
        let native = native(&call).filter(|(name, _)| name != "native")?;
        let mut words = call.into_iter();
        let engine = PathBuf::from(words.next()?);
        let mut added = Vec::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-E" | "-quiet" | "-" => {}
                "-dumpbase" | "-dumpdir" | "-dumpbase-ext" => drop(words.next()?),
                "-imultiarch" => added.extend([word, words.next()?]),
                // From -march= to -mtune= it is what `native` became.
                _ if word.starts_with("-march=") => {
                    words.find(|w| w.starts_with("-mtune="))?;
                }
                _ if word.starts_with("-f") => added.push(word),
                _ => return None,
            }
        }
        Some(Plan { engine, added, native })
    }

    /// The program and its arguments that list the state of each option of the target under the given ones, as the driver
    /// calls it for `-Q --help=target -S`; `None` for options that a driver does more with than hand them on.
    pub(super) fn listing(&self, options: &[String]) -> Option<(&PathBuf, Vec<String>)> {
        let names = &Features::get().names;
        let feature = |o: &str| {
            o.strip_prefix("-m").is_some_and(|f| names.contains(f.strip_prefix("no-").unwrap_or(f)))
        };
        let handed_on = |o: &String| o.starts_with("-march=") || o.starts_with("-mtune=") || feature(o);
        // An empty name is as good as any: nothing is read or written.
        let input = ["help-dummy", "-dumpbase", "help-dummy"].map(String::from);
        let output = ["--help=target", "-o", "/dev/null"].map(String::from);
        options
            .iter()
            .all(handed_on)
            .then(|| (&self.engine, [&self.added, &input[..], options, &output].concat()))
    }
}

/// The words of the call of `cc1` or `clang -cc1` that `-###` prints.
fn call(verbose: &str) -> Option<Vec<String>> {
    shlex::split(verbose.lines().find(|l| l.starts_with(' ') && l.contains("cc1"))?)
}

/// What `-march=native` became in a plan: the name and the features.
pub(super) fn native_of(verbose: &str) -> Option<Native> {
    native(&call(verbose)?)
}

fn native(call: &[String]) -> Option<Native> {
    let mut name = None;
    let mut on = Vec::new();
    let mut previous = "";
    for word in call {
        if previous == "-target-cpu" {
            name = Some(word.as_str());
        } else if previous == "-target-feature" {
            on.extend(word.strip_prefix('+'));
        } else if let Some(march) = word.strip_prefix("-march=") {
            name = Some(march);
        } else if let Some(feature) = word.strip_prefix("-m") {
            on.push(feature);
        }
        previous = word;
    }
    // No feature's name begins with `no-`.
    let known = |f: &&str| Features::get().names.contains(*f);
    Some((name?.to_string(), on.into_iter().filter(known).map(String::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const GCC: &str = "Target: x86_64\n /usr/lib/gcc/cc1 -E -quiet -imultiarch x86_64-linux-gnu - \"-march=znver3\" -mavx \
                       -mno-avx512f --param \"l1-cache-size=48\" \"-mtune=znver3\" -fasynchronous-unwind-tables\n";

    #[test]
    fn native_of_both_dialects() {
        let expected = Some(("znver3".to_string(), BTreeSet::from(["avx".to_string()])));
        assert_eq!(native_of(GCC), expected);
        let clang = "clang version 14\n (in-process)\n \"/usr/bin/clang\" \"-cc1\" \"-target-cpu\" \"znver3\" \
                     \"-target-feature\" \"+avx\" \"-target-feature\" \"-avx512f\" \"-target-feature\" \"+64bit\"\n";
        assert_eq!(native_of(clang), expected);
        assert_eq!(native_of("error: no"), None);
    }

    #[test]
    fn a_listing_is_the_drivers_own_call() {
        let plan = Plan::of(GCC).unwrap();
        let options = ["-march=znver3", "-mavx512f", "-mno-sse4a"].map(String::from);
        let (engine, args) = plan.listing(&options).unwrap();
        assert_eq!(engine, &PathBuf::from("/usr/lib/gcc/cc1"));
        let expected = "-imultiarch x86_64-linux-gnu -fasynchronous-unwind-tables help-dummy -dumpbase help-dummy \
                        -march=znver3 -mavx512f -mno-sse4a --help=target -o /dev/null";
        assert_eq!(args.join(" "), expected);
        for other in ["-m32", "-mabi=ms", "-O2", "-specs=x", "@x", "-Wl,x", "x.c"] {
            assert_eq!(plan.listing(&[other.to_string()]), None, "{other}");
        }
    }

    #[test]
    fn a_plan_with_words_of_somebody_elses_is_none() {
        assert!(
            Plan::of(&GCC.replace("-mavx ", "-mavx --sysroot=/x ")).is_some(),
            "within what native became"
        );
        for (from, to) in [
            ("-E -quiet", "-E -quiet -mno-avx"),
            ("-fasynchronous-unwind-tables", "-mno-avx"),
            ("-fasynchronous-unwind-tables", "-imultilib"),
            ("\"-mtune=znver3\"", ""),
            ("\"-march=znver3\"", "\"-march=native\""),
            ("-imultiarch x86_64-linux-gnu", "-D_FORTIFY_SOURCE=2"),
        ] {
            assert_eq!(Plan::of(&GCC.replace(from, to)), None, "{to}");
        }
        assert_eq!(Plan::of(""), None);
    }

    #[test]
    fn an_engine_whose_place_is_quoted() {
        let plan = Plan::of(&GCC.replace("/usr/lib/gcc/cc1", r#""/a b/$\"c\"/cc1""#)).unwrap();
        assert_eq!(plan.engine, PathBuf::from("/a b/$\"c\"/cc1"));
        assert_eq!(Plan::of(&GCC.replace("-mavx ", "\"-mavx ")), None, "an open quote");
    }
}

//! Tests of the choice of an architecture and a tuning.

use super::*;

/// A compiler whose `-march=skylake` turns hle on, which it has no option to turn off.
struct Stuck {
    native: &'static [&'static str],
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|w| w.to_string()).collect()
}

impl Oracle for Stuck {
    fn family(&self) -> Family {
        Family::Gcc
    }
    fn version(&self) -> &str {
        "99.1.0"
    }
    fn state(&self, _: &[String]) -> Result<Answer, ToolchainError> {
        Ok(Answer::Enabled { on: set(&["avx2", "hle", "sgx"]), warnings: Vec::new() })
    }
    fn known(&self) -> Result<BTreeSet<String>, ToolchainError> {
        Ok(set(&["avx2"]))
    }
    fn takes_tune(&self, _: &str, _: Word) -> Result<bool, ToolchainError> {
        Ok(true)
    }
    fn native(&self) -> Result<Option<Native>, ToolchainError> {
        Ok(Some(("skylake".into(), set(self.native))))
    }
}

#[test]
fn nothing_is_said_to_be_offered_that_is_not() {
    let offered = set(&["avx2", "sgx"]);
    for native in [&["avx2"][..], &["avx2", "hle"], &["avx2", "sgx"], &["hle", "sgx"], &[]] {
        let question = Question {
            names: vec!["skylake".into()],
            tunes: vec!["skylake".into()],
            offered: offered.clone(),
            unknown: BTreeSet::new(),
            word: Word::Bits64,
        };
        let choice = answer(&Stuck { native }, &question, true).unwrap();
        let without = choice.reasons.iter().any(|r| r.contains("it leaves out") && r.contains("hle"));
        assert_eq!(without, !native.contains(&"hle"), "{:?}", choice.reasons);
        let parts = choice.reasons.iter().flat_map(|r| r.split("; "));
        for part in parts.filter(|p| p.contains("this host") || p.contains("the host")) {
            let denied = part.contains("does not offer");
            let words: Vec<&str> = part.split([' ', ',']).collect();
            for feature in ["avx2", "hle", "sgx"].iter().filter(|f| words.contains(f)) {
                assert_eq!(denied, !offered.contains(*feature), "{part}");
            }
        }
    }
}

//! A machine whose commands and files say what one text has them say: pieces parted by lines `==`, the first line of each
//! the beginning of a command or a file's name.

use hwtune::rollout::{Ask, Call, Places, Ran, State, System, Timer, baseline, parse_state, verify};
use std::path::{Path, PathBuf};

pub struct Told<'a> {
    pieces: Vec<(&'a str, &'a str)>,
}

impl Told<'_> {
    fn of(&self, line: &str) -> Option<String> {
        let fits = |(head, _): &&(&str, &str)| !head.is_empty() && line.contains(head);
        self.pieces.iter().find(fits).map(|(_, body)| body.to_string())
    }
}

impl System for Told<'_> {
    fn run(&self, call: &Call) -> Result<Ran, String> {
        let found = self.of(&call.to_string());
        Ok(Ran {
            code: Some(i32::from(found.is_none())),
            stdout: found.unwrap_or_default(),
            stderr: "no luck\n".into(),
        })
    }

    fn maps(&self, _: &Call) -> Result<String, String> {
        self.of("maps").ok_or_else(|| "not there".into())
    }

    fn read(&self, path: &Path) -> Result<String, String> {
        self.of(&path.to_string_lossy()).ok_or_else(|| "not there".into())
    }

    fn resolve(&self, _: &Path) -> Result<PathBuf, String> {
        Ok("/nix/store/dddddddddddddddddddddddddddddddd-nixos-system".into())
    }

    fn changed(&self, _: &Path) -> Result<i64, String> {
        Ok(1000)
    }

    fn now(&self) -> i64 {
        2000
    }
}

/// Takes a baseline, writes it and reads it again, and verifies against it: errors and checks are one line each.
pub fn rollout(text: &str) {
    let pieces = text.split("\n==\n").map(|piece| piece.split_once('\n').unwrap_or((piece, ""))).collect();
    let told = Told { pieces };
    let (places, timer) = (Places::default(), Timer::at(Path::new("/nowhere/driver")));
    let ask = Ask { places: &places, samples: 3, again: false, timer: Ok(&timer) };
    let mut state = State::default();
    if let Err(error) = baseline(&told, &ask, &mut state, &mut |_| Ok(())) {
        return assert!(!error.to_string().contains('\n'), "{error}");
    }
    let written = toml::to_string(&state).expect("a baseline can be written");
    let mut read = parse_state(Path::new("state"), &written).expect("and read");
    assert_eq!(toml::to_string(&read).expect("again"), written);
    // Another system than the baseline's is what a switch makes.
    if let Some(base) = &mut read.baseline {
        base.system = "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-nixos-system".into();
    }
    match verify(&told, &ask, &read, Path::new("/nowhere"), 1.0) {
        Ok(made) => {
            toml::to_string(&made).expect("a verdict can be written");
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
}

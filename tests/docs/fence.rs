//! Fenced blocks of a Markdown page, with what their info string asks for.

use std::path::Path;

/// A block that runs nothing must say why, in one of these words.
pub const REASONS: [&str; 6] =
    ["needs-host", "needs-network", "needs-nix", "needs-root", "needs-sources", "needs-time"];

/// What is to be done with a block.
#[derive(Debug, PartialEq)]
pub enum Use {
    /// `sh`, `console`: its lines are run.
    Run,
    /// `console expect`: run, and each line shown must be among the output; `…` stands for any run of characters.
    Expect,
    /// `no-run=REASON`: the arguments must be ones that hwtune takes.
    Parse,
    /// `file=NAME`: its text is written to a file that later commands of the page use.
    File(String),
    /// `from=PATH`: its text stands word for word in that file of the repository.
    From(String),
    /// To be read only.
    Read,
}

/// A fenced block.
#[derive(Debug)]
pub struct Fence {
    /// The page and the line of its opening.
    pub place: String,
    /// What is done with it.
    pub purpose: Use,
    /// Whether `$ ` marks the commands.
    pub console: bool,
    /// Its lines, without the indentation of the fence.
    pub lines: Vec<String>,
}

/// The fences of a page. Panics where one is not closed or asks for what is not known.
pub fn fences(page: &Path, text: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let place = format!("{}:{}", page.display(), at + 1);
        let mut body = Vec::new();
        loop {
            let (_, line) = lines.next().unwrap_or_else(|| panic!("{place}: never closed"));
            if line.trim() == "```" {
                break;
            }
            body.push(line.get(indent..).unwrap_or_default().to_string());
        }
        let (language, asked) = info.split_once(' ').unwrap_or((info, ""));
        let runs = matches!(language, "sh" | "console");
        let purpose = match (runs, asked.split_once('=')) {
            (true, Some(("no-run", why))) if REASONS.contains(&why) => Use::Parse,
            (true, None) if asked == "expect" => Use::Expect,
            (true, None) if asked.is_empty() => Use::Run,
            (false, Some(("file", name))) => Use::File(name.to_string()),
            (false, Some(("from", name))) => Use::From(name.to_string()),
            (false, None) if asked.is_empty() => Use::Read,
            _ => panic!("{place}: `{asked}` is nothing that a block of {language:?} can ask for"),
        };
        found.push(Fence { place, purpose, console: language == "console", lines: body });
    }
    found
}

impl Fence {
    /// The commands, continuation lines joined.
    pub fn commands(&self) -> Vec<String> {
        let mut commands: Vec<String> = Vec::new();
        let mut open = false;
        for line in &self.lines {
            let taken = match (open, self.console) {
                (true, _) => line.trim(),
                (false, true) => match line.strip_prefix("$ ") {
                    Some(command) => command,
                    None => continue,
                },
                (false, false) if line.trim().is_empty() || line.starts_with('#') => continue,
                (false, false) => line,
            };
            let body = taken.strip_suffix('\\').unwrap_or(taken);
            match commands.last_mut().filter(|_| open) {
                Some(last) => last.push_str(body),
                None => commands.push(body.to_string()),
            }
            open = body.len() < taken.len();
        }
        assert!(!open, "{}: the last line is continued", self.place);
        commands
    }

    /// The lines of a console that show output.
    pub fn shown(&self) -> Vec<&str> {
        let mut open = false;
        let mut shown = Vec::new();
        for line in &self.lines {
            let command = open || line.starts_with("$ ");
            open = command && line.ends_with('\\');
            if !command && !line.trim().is_empty() {
                shown.push(line.as_str());
            }
        }
        shown
    }
}

#[test]
fn a_console_has_commands_and_what_they_show() {
    let text = "a\n```console expect\n$ one \\\n    two   # why\nout…\n$ three\n```\n";
    let fence = fences(Path::new("p.md"), text).remove(0);
    assert_eq!(fence.purpose, Use::Expect);
    assert_eq!(fence.commands(), ["one two   # why", "three"]);
    assert_eq!(fence.shown(), ["out…"]);
    assert_eq!(fence.place, "p.md:2");
}

#[test]
#[should_panic(expected = "no-run=it-is-late")]
fn a_reason_of_ones_own_is_refused() {
    fences(Path::new("p.md"), "```sh no-run=it-is-late\nx\n```\n");
}

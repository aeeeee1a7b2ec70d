//! From text to a profile; whatever is wrong is named by its key and line.

use super::migrate::{OLDEST, migrate};
use super::rules;
use super::{Profile, ProfileError, SCHEMA};
use serde_path_to_error::Segment;
use toml::de::{DeTable, DeValue};

/// Reads a profile from text. `place` names it in errors. An older schema is migrated, a newer one refused.
///
/// ```
/// let error = hwtune::profile::parse("schema = 1\nhost = 3\n", "mine.toml").unwrap_err();
/// assert!(error.to_string().starts_with("profile mine.toml: line 2: host: "));
/// ```
pub fn parse(text: &str, place: &str) -> Result<Profile, ProfileError> {
    let malformed = |what: String| ProfileError::Malformed { place: place.into(), what };
    // The same document may be held as JSON.
    let json = text.trim_start().starts_with('{');
    let mut table: toml::Table = match json {
        true => serde_json::from_str(text).map_err(|e| malformed(one_line(&e.to_string())))?,
        false => toml::from_str(text).map_err(|e| malformed(syntax(&e, text)))?,
    };
    let found = match table.get("schema").map(|v| v.as_integer()) {
        None => return Err(malformed("key `schema` is missing".into())),
        Some(None) => return Err(malformed(located(text, "schema", "not an integer"))),
        Some(Some(n)) if n > i64::from(SCHEMA) => {
            return Err(ProfileError::Newer { place: place.into(), found: n });
        }
        Some(Some(n)) => u32::try_from(n).ok().filter(|n| *n >= OLDEST),
    };
    let found = found.ok_or_else(|| malformed(located(text, "schema", "there never was such a schema")))?;
    if found < SCHEMA {
        migrate(&mut table, found).map_err(|what| malformed(one_line(&what)))?;
    }
    if let Some(key) = date(&table) {
        return Err(malformed(located(text, &key, "must be a text in quotes, not a date")));
    }
    // All profiles are read out of a table, so that the program holds one reader of each of their types.
    let profile: Profile = serde_path_to_error::deserialize(table).map_err(|e| malformed(typed(&e, text)))?;
    rules::check(&profile).map_err(|(key, what)| malformed(located(text, &key, &what)))?;
    Ok(profile)
}

/// The key of a TOML date, which Nix does not read, and which a table would give as a text.
fn date(table: &toml::Table) -> Option<String> {
    fn below(value: &toml::Value) -> Option<String> {
        match value {
            toml::Value::Datetime(_) => Some(String::new()),
            toml::Value::Array(all) => {
                all.iter().enumerate().find_map(|(at, value)| Some(format!("[{at}]{}", below(value)?)))
            }
            toml::Value::Table(table) => Some(format!(".{}", date(table)?)),
            _ => None,
        }
    }
    table.iter().find_map(|(key, value)| Some(format!("{key}{}", below(value)?)))
}

/// What is no TOML, with its line.
fn syntax(error: &toml::de::Error, text: &str) -> String {
    let message = one_line(error.message());
    error.span().map_or(message.clone(), |s| format!("line {}: {message}", line(text, s.start)))
}

/// What is no profile, with its line and key.
fn typed(error: &serde_path_to_error::Error<toml::de::Error>, text: &str) -> String {
    let mut key = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => key += &format!("[{index}]"),
            Segment::Map { key: name } => key += &format!(".{name}"),
            Segment::Enum { variant } => key += &format!(".{variant}"),
            Segment::Unknown => {}
        }
    }
    let message = plain(&one_line(error.inner().message()));
    // serde names a field that should be there, or not, in its message alone.
    let field = |rest: &str| rest.split('`').next().unwrap_or_default().to_string();
    let (name, what) =
        match (message.strip_prefix("missing field `"), message.strip_prefix("unknown field `")) {
            (Some(rest), _) => (field(rest), "missing".to_string()),
            (None, Some(rest)) => (field(rest), message.clone()),
            _ => (String::new(), message.clone()),
        };
    if !name.is_empty() && !key.ends_with(&format!(".{name}")) {
        key += &format!(".{name}");
    }
    located(text, key.trim_start_matches('.'), &what)
}

/// A message of the reader's for people who do not know its types.
fn plain(message: &str) -> String {
    if let Some((name, list)) =
        message.strip_prefix("unknown variant `").and_then(|rest| rest.split_once("`, expected "))
    {
        let list = list.trim_start_matches("one of ").replace('`', "");
        return format!("{name:?} is none of {list}");
    }
    let typed = message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "));
    let Some((found, expected)) = typed else { return message.into() };
    let expected = match expected {
        "u8" | "u32" | "u64" | "i64" => "a whole number",
        "f64" => "a number",
        "a string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        other => other,
    };
    format!("must be {expected}, not {found}")
}

/// On one line, and without what a terminal would obey.
fn one_line(message: &str) -> String {
    message.trim().replace('\n', ", ").replace(char::is_control, "?")
}

/// `line 3: host.cores: what`; without the line where the text has no such key.
fn located(text: &str, key: &str, what: &str) -> String {
    let at = start(text, key).map(|byte| format!("line {}: ", line(text, byte))).unwrap_or_default();
    let key = if key.is_empty() { String::new() } else { format!("{}: ", one_line(key)) };
    format!("{at}{key}{}", one_line(what))
}

fn line(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

/// Where the value of a key such as `package.zlib.judged[3].low` begins; of a key that is not there, what holds it.
fn start(text: &str, key: &str) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let mut steps = key.split('.').flat_map(|part| {
        let mut pieces = part.split('[');
        let name = pieces.next().map(str::to_string).into_iter().map(Err);
        name.chain(pieces.filter_map(|p| p.trim_end_matches(']').parse::<usize>().ok()).map(Ok))
    });
    let Some(Err(first)) = steps.next() else { return None };
    let (name, mut at) = root.get_ref().get_key_value(first.as_str())?;
    let mut found = name.span().start;
    // A name may itself hold dots (`kernel."a.b"`): the parts are then joined until they fit.
    let mut waiting = String::new();
    for step in steps {
        let (place, next) = match (step, at.get_ref()) {
            (Ok(index), DeValue::Array(array)) => match array.get(index) {
                Some(next) => (next.span().start, next),
                None => break,
            },
            (Err(part), DeValue::Table(table)) => {
                waiting += &(if waiting.is_empty() { part } else { format!(".{part}") });
                match table.get_key_value(waiting.as_str()) {
                    Some((name, next)) => {
                        waiting.clear();
                        (name.span().start, next)
                    }
                    None => continue,
                }
            }
            _ => break,
        };
        (found, at) = (place, next);
    }
    Some(found)
}

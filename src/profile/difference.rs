//! A difference is one key that has different values in two profiles.

use serde::Serialize;
use serde_json::Value;

/// One key with two values.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Difference {
    /// The key's path in a profile, `host.features`.
    pub key: String,
    /// The first value; null where it is absent.
    pub a: Value,
    /// The second value; null where it is absent.
    pub b: Value,
}

impl Difference {
    /// What differs, for people: what was added to and taken from a list of words, else both values.
    pub fn text(&self) -> String {
        match (words(&self.a), words(&self.b)) {
            (Some(a), Some(b)) => {
                let lost: Vec<&str> = a.iter().filter(|w| !b.contains(w)).copied().collect();
                let gained: Vec<&str> = b.iter().filter(|w| !a.contains(w)).copied().collect();
                let parts = [("lost", lost), ("gained", gained)];
                let parts: Vec<String> = parts
                    .iter()
                    .filter(|(_, words)| !words.is_empty())
                    .map(|(what, words)| format!("{what} {}", words.join(" ")))
                    .collect();
                if parts.is_empty() { "in another order".into() } else { parts.join(", ") }
            }
            _ => format!("{} -> {}", plain(&self.a), plain(&self.b)),
        }
    }
}

/// The keys of one table of a profile that differ, each with its path below `at`, in alphabetical order.
pub fn differences<T: Serialize>(at: &str, a: &T, b: &T) -> Vec<Difference> {
    let keys = |v: &T| match serde_json::to_value(v) {
        Ok(Value::Object(map)) => map.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        _ => Default::default(),
    };
    let (a, b) = (keys(a), keys(b));
    let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
    names.sort();
    names.dedup();
    let of = |map: &std::collections::BTreeMap<String, Value>, name: &str| {
        map.get(name).cloned().unwrap_or(Value::Null)
    };
    names
        .into_iter()
        .map(|name| Difference { key: format!("{at}.{name}"), a: of(&a, name), b: of(&b, name) })
        .filter(|d| d.a != d.b)
        .collect()
}

/// The words of a list that holds nothing else.
fn words(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

/// A value as a person writes it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::String(text) if text.is_empty() => "nothing".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".into(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(map) => match (map.get("level"), map.get("kind"), map.get("kib"), map.get("cpus")) {
            (Some(level), Some(kind), Some(kib), _) => format!("L{level} {} {kib} KiB", plain(kind)),
            (_, Some(kind), _, Some(cpus)) => format!("{cpus} {}", plain(kind)),
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_come_and_go_and_values_change() {
        let of = |a, b| Difference { key: String::new(), a, b }.text();
        assert_eq!(of(json!(["avx", "sse"]), json!(["sse", "fma"])), "lost avx, gained fma");
        assert_eq!(of(json!(4), json!(8)), "4 -> 8");
        assert_eq!(of(json!(""), json!("kvm")), "nothing -> kvm");
        assert_eq!(of(json!([{"cpus": 8, "kind": "performance"}]), json!([])), "8 performance -> none");
    }

    #[test]
    fn only_what_differs_and_what_one_side_lacks() {
        let found = differences("host", &json!({"a": 1, "b": 2, "c": null}), &json!({"a": 1, "b": 3}));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].key.as_str(), &found[0].b), ("host.b", &json!(3)));
    }
}

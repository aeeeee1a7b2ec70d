//! A strict reader of the markup that reports are made of: whatever it does not know is an error.

use std::collections::BTreeMap;

/// Elements without an end.
const VOID: [&str; 4] = ["meta", "link", "br", "input"];

/// One element as it begins.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// The names of the elements around it, outermost first.
    pub within: Vec<String>,
}

impl Tag {
    /// An attribute, empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Reads a text to its end: every element that begins ends, in order, and attributes are quoted.
pub fn read(text: &str) -> Result<Vec<Tag>, String> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = text.strip_prefix("<!doctype html>").unwrap_or(text);
    while let Some(at) = rest.find('<') {
        let body = &rest[at + 1..];
        let end = body.find('>').ok_or("an element without an end")?;
        let inside = &body[..end];
        rest = &body[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            let last = open.pop().unwrap_or_default();
            if last != name {
                return Err(format!("</{name}> ends <{last}>"));
            }
            continue;
        }
        let (inside, closed) = inside.strip_suffix('/').map_or((inside, false), |i| (i, true));
        let (name, attributes) = inside.split_once([' ', '\n']).unwrap_or((inside, ""));
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(format!("<{inside}> is no element"));
        }
        tags.push(Tag { name: name.into(), attributes: attributes_of(attributes)?, within: open.clone() });
        if closed || VOID.contains(&name) {
            continue;
        }
        if ["script", "style"].contains(&name) {
            let end = rest.find(&format!("</{name}>")).ok_or("a script or style without an end")?;
            rest = &rest[end..];
        }
        open.push(name.into());
    }
    if open.is_empty() { Ok(tags) } else { Err(format!("left open: {open:?}")) }
}

fn attributes_of(mut text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return Ok(all);
        }
        let end = text.find(['=', ' ']).unwrap_or(text.len());
        let (name, after) = text.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').ok_or(format!("{name} is not closed"))?,
            None if after.starts_with('=') => return Err(format!("{name} is not quoted")),
            None => ("", after),
        };
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-:".contains(&b)) {
            return Err(format!("{name:?} is no attribute"));
        }
        if all.insert(name.to_string(), value.to_string()).is_some() {
            return Err(format!("{name} is there twice"));
        }
        text = after;
    }
}

#[test]
fn the_reader_finds_what_is_wrong() {
    for wrong in
        ["<p>", "<p></b>", "<p a=b></p>", "<p a=\"1\" a=\"2\"></p>", "a < b", "<p \"x\"></p>", "<a-b></a-b>"]
    {
        assert!(read(wrong).is_err(), "{wrong}");
    }
    assert_eq!(read("<p id=\"x\" hidden>a<br>b</p><script>a<b</script>").unwrap().len(), 3);
}

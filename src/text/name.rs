//! This module makes a host name safe to use as a file name.

/// A host name of letters, digits, `-`, `_` and `.`; `host` where nothing is left.
pub fn host_name(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(253)
        .collect();
    // A name of dots alone, or one that begins with a dot or a dash, is not a file name to write to.
    let kept = kept.trim_start_matches(['.', '-']).to_string();
    if kept.is_empty() { "host".into() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_file_names() {
        assert_eq!(host_name("a b/../c"), "ab..c");
        assert_eq!(host_name("../.."), "host");
        assert_eq!(host_name("box.example.org"), "box.example.org");
    }
}

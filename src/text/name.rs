//! Names as users write them: made safe as file names, and the known one that was probably meant.

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

/// `; did you mean zlib?` where a known name is close to the one given, else nothing.
pub fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let best =
        known.into_iter().map(|k| (strsim::jaro_winkler(name, k), k)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score > 0.8).map(|(_, k)| format!("; did you mean {k}?")).unwrap_or_default()
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

    #[test]
    fn what_is_close_is_suggested() {
        let known = || ["zlib", "zstd", "glibc", "nixos-overlay"];
        assert_eq!(meant("zlibb", known()), "; did you mean zlib?");
        assert_eq!(meant("glib", known()), "; did you mean glibc?");
        assert_eq!(meant("nixos-overly", known()), "; did you mean nixos-overlay?");
        assert_eq!(meant("firefox", known()), "");
    }
}

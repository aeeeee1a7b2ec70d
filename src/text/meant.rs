//! This module suggests the known name that a user probably meant.

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
    fn what_is_close_is_suggested() {
        let known = || ["zlib", "zstd", "glibc", "nixos-overlay"];
        assert_eq!(meant("zlibb", known()), "; did you mean zlib?");
        assert_eq!(meant("glib", known()), "; did you mean glibc?");
        assert_eq!(meant("nixos-overly", known()), "; did you mean nixos-overlay?");
        assert_eq!(meant("firefox", known()), "");
    }
}

/// Whether `text` fits a pattern in which each `*` stands for any run of characters, and how many characters of the
/// pattern are literal: the pattern with the most is the most specific.
pub(crate) fn fits(pattern: &str, text: &str) -> Option<usize> {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let mut rest = text.strip_prefix(first)?;
    let mut parts = parts.peekable();
    let mut literal = first.len();
    if parts.peek().is_none() {
        return rest.is_empty().then_some(literal + 1); // without a star: beats any pattern of that length
    }
    while let Some(part) = parts.next() {
        literal += part.len();
        if parts.peek().is_none() {
            return rest.ends_with(part).then_some(literal);
        }
        let at = rest.find(part)?;
        rest = &rest[at + part.len()..];
    }
    None
}

/// The most specific of some patterns that fits.
pub(crate) fn most_specific<'a, T>(
    rules: impl IntoIterator<Item = &'a T>,
    pattern: impl Fn(&T) -> &str,
    text: &str,
) -> Option<&'a T> {
    let scored = rules.into_iter().filter_map(|rule| fits(pattern(rule), text).map(|n| (n, rule)));
    scored.max_by_key(|(n, _)| *n).map(|(_, rule)| rule)
}

/// One way of writing an option: `--param name=3` as `--param=name=3`.
pub(crate) fn canonical(option: &str) -> String {
    let words: Vec<&str> = option.split_whitespace().collect();
    words.join(" ").replace("--param ", "--param=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_run() {
        assert_eq!(fits("-march=*", "-march=skylake"), Some(7));
        assert_eq!(fits("-march=*", "-march="), Some(7));
        assert_eq!(fits("-O3", "-O3"), Some(4));
        assert_eq!(fits("-O3", "-O31"), None);
        assert_eq!(fits("-f*-math", "-fno-fast-math"), Some(7));
        assert_eq!(fits("-f*-math", "-f-math-x"), None);
        assert_eq!(fits("*", ""), Some(0));
        assert_eq!(fits("-a*b*c", "-axxbxxc"), Some(4));
        assert_eq!(fits("-a*b*c", "-axxc"), None);
        assert_eq!(fits("ab*b", "ab"), None);
    }

    #[test]
    fn the_longer_pattern_wins() {
        let rules = ["-f*", "-fno-*", "-fno-plt", "-fno-pl*"];
        let find = |text| most_specific(&rules, |r| r, text).copied();
        assert_eq!(find("-fno-plt"), Some("-fno-plt"));
        assert_eq!(find("-fno-plx"), Some("-fno-pl*"));
        assert_eq!(find("-fx"), Some("-f*"));
        assert_eq!(find("-O3"), None);
    }
}

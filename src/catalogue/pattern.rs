//! A pattern matches options, with their positive and negative forms and their values.

/// After an option's letter, stands for both of its forms: `-f[no-]gcse`.
const BOTH: &str = "[no-]";

/// Whether `text` fits a pattern in which each `*` stands for any run of characters and `[no-]` for both forms, and how
/// specific the pattern is: the number of its literal characters, one more where it has no star.
pub(crate) fn fits(pattern: &str, text: &str) -> Option<usize> {
    let both =
        pattern.split_at_checked(2).and_then(|(letter, rest)| Some((letter, rest.strip_prefix(BOTH)?)));
    let Some((letter, after)) = both else {
        return fits_plain(pattern, text);
    };
    let rest = text.strip_prefix(letter)?;
    let form = |no: &str| fits_plain(after, rest.strip_prefix(no)?).map(|n| letter.len() + no.len() + n);
    form("no-").max(form(""))
}

fn fits_plain(pattern: &str, text: &str) -> Option<usize> {
    if let (Some(p), Some(t)) = (pattern.bytes().next(), text.bytes().next())
        && p != b'*'
        && p != t
    {
        return None; // nearly all
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let mut rest = text.strip_prefix(first)?;
    let mut parts = parts.peekable();
    let mut literal = first.len();
    if parts.peek().is_none() {
        return rest.is_empty().then_some(literal + 1);
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

/// The rule with the most specific pattern that fits, and how specific that is.
pub(crate) fn most_specific<'a, T>(
    rules: impl IntoIterator<Item = &'a T>,
    patterns: impl Fn(&T) -> &[String],
    text: &str,
) -> Option<(usize, &'a T)> {
    let best = |rule: &T| patterns(rule).iter().filter_map(|pattern| fits(pattern, text)).max();
    rules.into_iter().filter_map(|rule| best(rule).map(|n| (n, rule))).max_by_key(|(n, _)| *n)
}

/// One way of writing an option: `--param name=3` as `--param=name=3`, one space between words.
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
    fn both_forms_fit_and_no_third() {
        assert_eq!(fits("-f[no-]plt", "-fplt"), Some(6));
        assert_eq!(fits("-f[no-]plt", "-fno-plt"), Some(9));
        assert_eq!(fits("-f[no-]plt", "-fnonplt"), None);
        assert_eq!(fits("-m[no-]avx512*", "-mno-avx512bw"), Some(11));
        assert_eq!(fits("-m[no-]*", "-mno-avx"), Some(5));
    }

    #[test]
    fn the_longer_pattern_wins() {
        let rules: Vec<Vec<String>> =
            ["-f*", "-fno-*", "-fno-plt", "-fno-pl*"].map(|p| vec![p.to_string()]).to_vec();
        let find = |text| most_specific(&rules, |r| r.as_slice(), text).map(|(_, r)| r[0].as_str());
        assert_eq!(find("-fno-plt"), Some("-fno-plt"));
        assert_eq!(find("-fno-plx"), Some("-fno-pl*"));
        assert_eq!(find("-fx"), Some("-f*"));
        assert_eq!(find("-O3"), None);
    }
}

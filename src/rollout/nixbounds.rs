//! Whether a Nix text can be parsed in sensible time. The parser bounds the depth of most forms and not of all, and takes
//! the square of the length for some that go on and on (`f f f f`, `a.a.a.a`): a few tens of kilobytes of such would
//! keep it busy for minutes.

use rnix::SyntaxKind::{self, *};

/// Brackets, braces, parentheses and strings in one another; people write some dozens.
const DEEPEST: usize = 400;
/// Words of one expression between two separators; people write some dozens.
const LONGEST: usize = 500;

/// What is open.
#[derive(Clone, Copy, Default)]
struct Level {
    /// `[`, whose elements stand side by side and are not one expression.
    list: bool,
    /// `"`, whose pieces do.
    string: bool,
    /// Words since the last separator, in a list since the element began.
    words: usize,
    /// The word before was a dot or an `or`: the element goes on.
    goes_on: bool,
}

/// The error tells the line.
pub fn check(text: &str) -> Result<(), String> {
    let mut levels = vec![Level::default()];
    let mut line = 1;
    for (kind, word) in rnix::tokenize(text) {
        line += word.matches('\n').count();
        if kind.is_trivia() {
            continue;
        }
        if closes(kind) && levels.len() > 1 {
            levels.pop();
        }
        let depth = levels.len();
        let Some(level) = levels.last_mut() else { break };
        let joins = matches!(kind, TOKEN_DOT | TOKEN_OR);
        level.words = match kind {
            TOKEN_SEMICOLON | TOKEN_COMMA | TOKEN_COLON => 0,
            _ if level.string || level.list && !joins && !level.goes_on => 1,
            _ => level.words + 1,
        };
        level.goes_on = joins;
        if level.words > LONGEST || depth > DEEPEST {
            return Err(format!("line {line}: nested too deeply or too long an expression to be read"));
        }
        if opens(kind) {
            let (list, string) = (kind == TOKEN_L_BRACK, kind == TOKEN_STRING_START);
            levels.push(Level { list, string, ..Level::default() });
        }
    }
    Ok(())
}

fn opens(kind: SyntaxKind) -> bool {
    matches!(kind, TOKEN_L_BRACE | TOKEN_L_BRACK | TOKEN_L_PAREN | TOKEN_INTERPOL_START | TOKEN_STRING_START)
}

fn closes(kind: SyntaxKind) -> bool {
    matches!(kind, TOKEN_R_BRACE | TOKEN_R_BRACK | TOKEN_R_PAREN | TOKEN_INTERPOL_END | TOKEN_STRING_END)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_and_texts_are_fine_and_endless_expressions_are_not() {
        let many = |piece: &str| piece.repeat(3000);
        for fine in [
            format!("{{ a = [ {} ]; }}", many("pkgs.x.y \"a\" (f 1) ./b.nix ")),
            format!("{{ {} }}", many("a.b.c = f x y; ")),
            format!("''{}''", many("a ${b}\n")),
            format!("{{ {} }}: 1", many("a, ")),
        ] {
            assert_eq!(check(&fine), Ok(()), "{}", &fine[..60]);
        }
        for piece in ["[", "(", "{a=", "\"${", "-", "!", "a.", "f ", "a ++ ", "a or ", "a ? ", "if ", "1 + "]
        {
            for text in [many(piece), format!("\n{{ b = [ a.b ({} ) ]; }}", many(piece))] {
                let error = check(&text).unwrap_err();
                assert!(error.contains("too deeply") && error.starts_with("line "), "{piece}: {error}");
            }
        }
        assert!(
            check(&format!("[ {} ]", many("a."))).is_err()
                && check(&format!("[ a{} ]", many(" or b"))).is_err()
        );
    }
}

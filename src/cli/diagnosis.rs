//! What other programs say of a common mistake, said in hwtune's own terms: the dynamic loader and each compiler word it
//! differently, and none names the remedy.

/// The message of an error, in hwtune's own terms where the mistake is known.
pub fn own(message: &str) -> String {
    undefined(message).or_else(|| undeclared(message)).unwrap_or_else(|| message.into())
}

/// A function that is declared and nowhere defined, or that old compilers take on trust: the loader misses it.
fn undefined(message: &str) -> Option<String> {
    let (before, symbol) = message.split_once("undefined symbol: ")?;
    let kernel = kernel(before)?;
    let symbol = symbol.split([' ', ',', ';', '(']).next()?;
    Some(format!(
        "{kernel}: fails under its base flags: it calls {symbol}, which neither it nor the C library defines; define it in the kernel's file or correct the name"
    ))
}

/// A function that is not declared, which newer compilers refuse.
fn undeclared(message: &str) -> Option<String> {
    let kernel = kernel(message)?;
    let told = ["call to undeclared function '", "implicit declaration of function '"];
    let (before, after) = told.iter().find_map(|text| message.split_once(text))?;
    let symbol = after.split('\'').next()?;
    let place = before.strip_suffix("error: ")?.trim_end_matches([' ', ':']).rsplit(": ").next()?;
    Some(format!(
        "{kernel}: it calls {symbol}, which is not declared ({place}); include the header that declares it, or define it above"
    ))
}

/// `kernel NAME` at the head of a message.
fn kernel(message: &str) -> Option<&str> {
    let at = message.find("kernel ").filter(|at| *at == 0)?;
    message[at..].split(':').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_is_not_there_is_named_with_what_to_do() {
        for (said, wanted) in [
            (
                "kernel k: fails under its base flags: load: /tmp/x/2.so: undefined symbol: frob",
                "kernel k: fails under its base flags: it calls frob, which neither it nor the C library defines; define it in the kernel's file or correct the name",
            ),
            (
                "kernel k: does not compile under its base flags: k.c:4:35: error: call to undeclared function 'frob'; ISO C99 and later do not support it [-Wimplicit-function-declaration]",
                "kernel k: it calls frob, which is not declared (k.c:4:35); include the header that declares it, or define it above",
            ),
            (
                "kernel k: does not compile under its base flags: k.c:4:5: error: implicit declaration of function 'frob' [-Wimplicit-function-declaration]",
                "kernel k: it calls frob, which is not declared (k.c:4:5); include the header that declares it, or define it above",
            ),
        ] {
            assert_eq!(own(said), wanted);
        }
        for other in ["kernel k: its checksums differ", "library z: undefined symbol: frob"] {
            assert_eq!(own(other), other);
        }
    }
}

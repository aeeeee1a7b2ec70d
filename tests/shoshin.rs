//! `profiles/shoshin.toml` is what the README's command makes of an open CPUID sample: nothing in it is by hand.

use std::process::Command;

fn hwtune(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hwtune"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_profile_is_made_by_detection() {
    let args = "detect --cpuid-dump tests/hosts/raw/skylake--cpuid-1-r.txt --name shoshin --no-toolchains \
                --for gcc@14 --for gcc@13 --for gcc@15 --unmeasured glibc --unmeasured zlib --format toml";
    let (code, made, said) = hwtune(&args.split_whitespace().collect::<Vec<_>>());
    assert_eq!(code, Some(0), "{said}");
    let kept = std::fs::read_to_string("profiles/shoshin.toml").unwrap();
    assert!(made == kept, "write profiles/shoshin.toml again with the command of this test");
}

#[test]
fn nothing_unmeasured_is_rendered_unless_asked_for_and_then_it_says_so() {
    let render = ["render", "nixos-overlay", "--profile", "profiles/shoshin.toml"];
    let (code, plain, said) = hwtune(&render);
    assert_eq!(code, Some(0), "{said}");
    // A flag is a string of the list; the reasons in the header name it too.
    assert!(!plain.contains("\"-march=skylake\""), "{plain}");
    let (code, asked, said) = hwtune(&[&render[..], &["--allow-unmeasured"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(asked.contains("\"-march=skylake\"") && asked.contains("NOT MEASURED"), "{asked}");
}

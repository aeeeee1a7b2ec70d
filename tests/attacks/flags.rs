//! Flags that do something else than tune: no consumer writes them and no compiler is given them.

use crate::attacks::texts::measured;
use hwtune::catalogue::{Catalogue, Policy};
use hwtune::render::{self, Options};
use hwtune::toolchain::Candidate;

/// They run programs, read or write files, choose what is linked, take protection away, or are no flags at all.
pub const FLAGS: [&str; 98] = [
    "-fplugin=/tmp/pwned.so",
    "-fplugin-arg-x-y=z",
    "-fpass-plugin=/tmp/pwned.so",
    "-iplugindir=/tmp",
    "-specs=/tmp/pwned",
    "--specs=/tmp/pwned",
    "-specs /tmp/pwned",
    "@/tmp/pwned",
    "-B/tmp/pwned",
    "-B /tmp/pwned",
    "-wrapper sh,-c,pwned",
    "-wrapper",
    "-o /tmp/pwned",
    "-o/tmp/pwned",
    "-x c",
    "-xnone",
    "-include /tmp/pwned",
    "-imacros /tmp/pwned",
    "-I/tmp/pwned",
    "-isystem /tmp/pwned",
    "-iquote/tmp",
    "-idirafter/tmp",
    "-L/tmp/pwned",
    "-lpwned",
    "-l:pwned.so",
    "-Wl,-rpath,/tmp/pwned",
    "-Wl,--wrap=malloc",
    "-Wl,-T,/tmp/pwned",
    "-Wl,@/tmp/pwned",
    "-Wl,-plugin,/tmp/pwned.so",
    "-Wl,--dynamic-linker=/tmp/pwned",
    "-Wl,-z,execstack",
    "-Wl,-z,norelro",
    "-Wl,--defsym,x=0",
    "-Wl,-O1,-plugin,pwned",
    "-Wl,-O1 -Wl,-T,pwned",
    "-Wl,-Tpwned",
    "-Wl,-z,now,-opwned",
    "-Wl,--plugi=pwned.so",
    "-Wl,--version-scrip=pwned",
    "-Wl,--dependency-file=pwned",
    "-Wl,--audit=pwned.so",
    "-Wl,-Ppwned.so",
    "-Wl,-lpwned",
    "-O2\u{85}-fplugin=pwned.so",
    "-O2\u{a0}-fgcse",
    "-Wp,-MD,/tmp/pwned",
    "-Wp,-D_FORTIFY_SOURCE=0",
    "-Wa,-a=/tmp/pwned",
    "-Wa,--execstack",
    "-Xlinker -T/tmp/pwned",
    "-Xclang -load",
    "-Xassembler -a",
    "-Xpreprocessor -D",
    "-mllvm -load=/tmp/pwned.so",
    "-fuse-ld=/tmp/pwned",
    "--ld-path=/tmp/pwned",
    "-fdump-tree-all=/tmp/pwned",
    "-fdump-rtl-expand",
    "-save-temps",
    "-save-temps=obj",
    "-aux-info /tmp/pwned",
    "-D_FORTIFY_SOURCE=0",
    "-DNDEBUG",
    "-U_FORTIFY_SOURCE",
    "-fno-stack-protector",
    "-fno-stack-clash-protection",
    "-fcf-protection=none",
    "-fno-pie",
    "-no-pie",
    "-static",
    "-nostdlib",
    "-nostartfiles",
    "-z execstack",
    "-march=$(touch pwned)",
    "-march=x;touch pwned",
    "-O3 -fplugin=pwned",
    "-O3\n-fplugin=pwned",
    "-O3\t@pwned",
    "-fprofile-use=/tmp/pwned",
    "-fprofile-generate",
    "-fauto-profile=/tmp/pwned",
    "-fsanitize=address",
    "-ffast-math",
    "-Ofast",
    "--sysroot=/tmp/pwned",
    "-fmodule-mapper=|pwned",
    "-dumpdir /tmp/pwned",
    "-MF /tmp/pwned",
    "-T/tmp/pwned",
    "-e pwned",
    "-u pwned",
    "-fopt-info-all=/tmp/pwned",
    "-fstack-usage",
    "-ftime-trace=/tmp/pwned",
    "-foffload=pwned",
    "-working-directory /",
    "-O3\0",
];

#[test]
fn none_is_written_by_any_consumer() {
    let catalogue = Catalogue::load(None).unwrap();
    let options = Options { allow_unmeasured: true, ..Options::default() };
    let named = |flags: &[&str]| {
        let mut profile = measured();
        for section in profile.package.values_mut() {
            section.flags.extend(flags.iter().map(|f| f.to_string()));
            section.judged.iter_mut().for_each(|j| j.flags = section.flags.clone());
        }
        profile.toolchain[0].add.extend(flags.iter().map(|f| f.to_string()));
        profile
    };
    for target in render::targets(None).unwrap() {
        // All at once for every consumer; one by one, lest one should hide another, for the quickest.
        let each = FLAGS.iter().filter(|_| target.name == "env-sh").map(|f| named(&[f]));
        let mut written = 0;
        for profile in each.chain([named(&FLAGS)]) {
            let Ok(rendered) = render::render(&profile, &catalogue, &target.name, &options) else { continue };
            let kept = rendered.choices.iter().flat_map(|c| &c.kept);
            let evil: Vec<_> = kept.filter(|k| FLAGS.contains(&k.as_str())).collect();
            assert!(evil.is_empty(), "{}: {evil:?}", target.name);
            let mark = &target.front.comment;
            let comment = |l: &&str| !mark.is_empty() && l.trim_start().starts_with(mark.as_str());
            let code: String =
                rendered.text.lines().filter(|l| !comment(l)).map(|l| format!("{l}\n")).collect();
            assert!(!code.contains("pwned") && !code.contains("execstack"), "{}:\n{code}", target.name);
            written += 1;
        }
        assert!(written > 0, "{}: refuses whatever there is", target.name);
    }
}

#[test]
fn none_is_allowed_for_any_package() {
    let catalogue = Catalogue::load(None).unwrap();
    for flag in FLAGS {
        for (name, package) in &catalogue.packages {
            let policy = catalogue.policy(package, flag);
            assert!(matches!(policy, Policy::Refused(_)), "{name}: {flag:?}: {policy:?}");
        }
    }
}

/// What may be asked of a compiler, though it is never written: options that change code and touch nothing else.
const ASKED: [&str; 15] = [
    "-foffload=pwned",
    "-fno-stack-protector",
    "-fno-stack-clash-protection",
    "-fcf-protection=none",
    "-fno-pie",
    "-no-pie",
    "-static",
    "-ffast-math",
    "-Ofast",
    "-fsanitize=address",
    "-Wl,-z,norelro",
    "-Wl,-z,execstack",
    "-nostdlib",
    "-nostartfiles",
    "-z execstack",
];

#[test]
fn none_is_given_to_a_compiler_that_does_more_than_change_code() {
    for flag in FLAGS.iter().filter(|f| !ASKED.contains(f)) {
        assert!(Candidate::bare(flag).refused.is_some(), "{flag:?}");
    }
    for flag in [
        "-O3",
        "-fno-plt",
        "-Wno-x",
        "-Wl,-O1",
        "-Wl,-z,now",
        "--param max-unroll-times=4",
        "-pipe",
        "-mavx2",
        "-march=znver3",
    ] {
        assert_eq!(Candidate::bare(flag).refused, None, "{flag:?}");
    }
}

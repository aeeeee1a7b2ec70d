//! Tests of the reading of trials.

use super::*;

const GOOD: &str = "title = \"t\"\nwhy = \"w\"\nsource = \"s\"\ndriver = \"drive.c\"\ndatasets = [\"a\", \"b\", \"c\"]\n\
    [version]\nfile = \"x.h\"\ndefine = [\"X\"]\nfrom = \"1\"\n[build]\nsources = [\"*.c\"]\n\
    config.\"config.h\" = { HAVE_A = true, B = 3, C = \"\\\"x\\\"\" }\n\
    [[operation]]\nname = \"one\"\nweight = 1.0\nsource = \"guess\"\n";

fn read(text: &str) -> Result<Option<Trial>, String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("p")).unwrap();
    std::fs::write(dir.path().join("p/drive.c"), "int x;\n").unwrap();
    std::fs::write(dir.path().join("p/trial.toml"), text).unwrap();
    let read = Trial::read(&Folder::User(crate::files::Own::new(dir.path())), "p");
    read.map_err(|e| e.to_string().replace(&dir.path().display().to_string(), "ROOT"))
}

#[test]
fn a_driver_is_told_its_operation_and_keeps_its_line_numbers() {
    let trial = read(GOOD).unwrap().unwrap();
    assert_eq!(trial.driver_unit(2).text, "#define TRIAL_OPERATION 2\n#line 1 \"drive.c\"\nint x;\n");
    let config = &trial.build.unwrap().config["config.h"];
    assert_eq!(config["HAVE_A"], Setting::Switch(true));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (from, to, expected) in [
        ("drive.c", "gone.c", "ROOT/p/trial.toml, line 4: driver: `gone.c` is not there"),
        ("drive.c", "../x.c", "driver: `../x.c`"),
        ("\"*.c\"", "\"../*.c\"", "[build]: `../*.c`; name paths below"),
        ("\"*.c\"", "", "[build]: no sources"),
        ("= 1.0", "= 0.5", "the weights sum to 0.5"),
        ("\"guess\"", "\"\"", "one: no honest weight"),
        (", \"c\"]", "]", "line 5: datasets: fewer than three"),
        ("\"one\"", "\"a b\"", "[[operation]]: `a b`"),
        ("driver =", "drive =", "line 4: at `drive = \"drive.c\"`: unknown field `drive`"),
        (
            "[build]\nsources = [\"*.c\"]\n",
            "[build]\nsources = [\"*.c\"]\nmake = 1\n",
            "unknown field `make`",
        ),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let message = read(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert!(message.contains(expected), "{from} -> {to}:\n{message}\nnot\n{expected}");
    }
}
#[test]
fn kernels_have_shares_of_an_operation() {
    let two = |kernels: &str| {
        let one = GOOD.replace("= 1.0", "= 0.5");
        read(&format!("{one}{}\n{kernels}", "[[operation]]\nname = \"two\"\nweight = 0.5\nsource = \"s\""))
    };
    let source = "kernels_source = \"callgrind\"\n";
    let good = two(&format!("kernels = {{ a = 0.25, b = 0.75 }}\n{source}")).unwrap().unwrap();
    assert_eq!(good.operation[1].kernels["b"], 0.75);
    assert!(good.operation[0].kernels.is_empty());
    for (kernels, expected) in [
        ("{ a = 0.6, b = 0.5 }", "line 21: operation two, kernels: the shares sum to 1.1000; make them sum"),
        ("{ a = 0 }", "line 21: operation two, kernels: a = 0; give its share"),
        ("{ a = 1.5 }", "operation two, kernels: a = 1.5; give"),
        ("{ a = nan }", "operation two, kernels: a = NaN; give"),
        ("[\"a\"]", "line 21: at `[\"a\"]`: invalid type: sequence, expected a map"),
        (
            "{ }",
            "line 22: operation two, kernels_source: a source of shares that are not there; give kernels",
        ),
    ] {
        let message = two(&format!("kernels = {kernels}\n{source}")).unwrap_err();
        assert!(message.contains(expected), "{kernels}:\n{message}\nnot\n{expected}");
    }
    let message = two("kernels = { a = 0.5 }\n").unwrap_err();
    assert!(message.contains("line 21: operation two, kernels: shares without a source"), "{message}");
}

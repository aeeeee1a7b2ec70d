//! The catalogue's data are embedded by a macro that cannot see new files; this makes Cargo look for them. The tables that
//! each detection needs become JSON: reading TOML at every start would take longer than lscpu takes in all. A table that is
//! no TOML fails the build. gcc's unwinder is linked in for the same reason.

#[allow(dead_code)]
#[path = "src/host/bits.rs"]
mod bits;
#[allow(dead_code)]
#[path = "src/catalogue/ranges.rs"]
mod ranges;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

type Fault = Box<dyn std::error::Error>;

const TABLES: [&str; 2] = ["features", "hypervisors"];
/// The folders of `probes/compilers`: architectures other than x86.
const FOREIGN: [&str; 1] = ["aarch64"];

fn main() -> Result<(), Fault> {
    // A constructor, which nothing refers to.
    cc::Build::new()
        .file("src/cli/closed_stdout.c")
        .link_lib_modifier("+whole-archive")
        .compile("closed_stdout");
    println!("cargo::rerun-if-changed=src/cli/closed_stdout.c");

    println!("cargo::rerun-if-changed=probes");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for table in TABLES {
        std::fs::write(out.join(format!("{table}.json")), json(&format!("probes/{table}.toml"))?)?;
    }
    std::fs::write(out.join("compilers.rs"), format!("[\n{}]", compilers("")?))?;
    let foreign: String =
        FOREIGN.iter().map(|arch| compilers(&format!("{arch}/"))).collect::<Result<_, _>>()?;
    std::fs::write(out.join("foreign-compilers.rs"), format!("[\n{foreign}]"))?;
    std::fs::write(out.join("cpuid.rs"), cpuid()?)?;
    let (head, rows) = microarchitectures()?;
    std::fs::write(out.join("microarchitectures.json"), head)?;
    std::fs::write(out.join("microarchitectures.rs"), rows)?;
    unwinder();
    Ok(())
}

/// The tables of a folder of `probes/compilers` as elements of an array.
fn compilers(folder: &str) -> Result<String, Fault> {
    let mut rows = String::new();
    for name in names(&format!("probes/compilers/{folder}"))? {
        let text = json(&format!("probes/compilers/{folder}{name}.toml"))?;
        writeln!(rows, "    ({:?}, {text:?}),", format!("{folder}{name}"))?;
    }
    Ok(rows)
}

/// Links gcc's unwinder into the program where its archive is at hand: to find and relocate libgcc_s.so takes a tenth of the
/// time of `hwtune detect --no-toolchains`. On x86-64, where it was tried: elsewhere it may want more of libgcc.
fn unwinder() {
    let of_target = |key: &str| std::env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    let elsewhere = (of_target("ARCH"), of_target("ENV")) != ("x86_64".into(), "gnu".into());
    if elsewhere || of_target("FEATURE").contains("crt-static") {
        return;
    }
    let own = std::env::var("HOST") == std::env::var("TARGET");
    let linker = std::env::var("RUSTC_LINKER").ok().or(own.then(|| "cc".into()));
    let asked =
        linker.and_then(|l| std::process::Command::new(l).arg("-print-file-name=libgcc_eh.a").output().ok());
    // A linker that has none answers with the bare name.
    let archive = asked.and_then(|a| String::from_utf8(a.stdout).ok()).map(|a| PathBuf::from(a.trim()));
    if let Some(archive) = archive.filter(|a| a.is_absolute() && a.is_file()) {
        println!("cargo::rerun-if-changed={}", archive.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// `probes/cpuid.toml` as an array of `Feature`.
fn cpuid() -> Result<String, Fault> {
    let path = "probes/cpuid.toml";
    let mut rows = String::from("[\n");
    for row in list(&table(path)?, "feature") {
        let known = ["name", "cpuid", "also", "state", "cpuinfo", "newer"];
        if let Some(odd) = row.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(format!("{path}: {row}: no key {odd}").into());
        }
        let text = |key: &str| row.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        let conditions = |key: &str| -> Result<String, Fault> {
            let parts = text(key).split('|').map(str::trim).filter(|part| !part.is_empty());
            parts
                .map(|part| {
                    let bits = bits::Bits::parse(part);
                    let bits =
                        bits.ok_or_else(|| format!("{path}: {part:?} is no leaf.subleaf:register.bit"))?;
                    Ok(format!("{bits:?},"))
                })
                .collect()
        };
        let (bits, also) = (conditions("cpuid")?, conditions("also")?);
        let (name, state) = (text("name"), text("state"));
        let (cpuinfo, newer) = (text("cpuinfo"), text("newer"));
        writeln!(
            rows,
            "    Feature {{ name: {name:?}, bits: &[{bits}], also: &[{also}], state: {state:?}, cpuinfo: {cpuinfo:?}, \
             newer: {newer:?} }},"
        )?;
    }
    rows.push(']');
    Ok(rows)
}

/// `probes/microarchitectures.toml` without its rows, and these as a static array of `Row`, each with the families and models by
/// which it is found.
fn microarchitectures() -> Result<(String, String), Fault> {
    let path = "probes/microarchitectures.toml";
    let mut head = table(path)?;
    let (mut rows, mut count) = (String::new(), 0);
    let mut vendors = std::collections::BTreeSet::new();
    for row in list(&head, "microarchitecture") {
        let name =
            row.get("name").and_then(toml::Value::as_str).ok_or(format!("{path}: a row has no name"))?;
        let own = list_of_text(&row, "vendors");
        let mut claims = String::new();
        for part in list(&row, "part") {
            let family = part.get("family").and_then(toml::Value::as_integer).unwrap_or(-1);
            let models = part.get("models").and_then(toml::Value::as_str).unwrap_or_default();
            let models = ranges::Ranges::try_from(models).map_err(|e| format!("{path}: {name}: {e}"))?;
            for (from, to) in models.0 {
                write!(claims, "({family}, {from}, {to}),")?;
            }
            vendors.extend(list_of_text(&part, "vendors"));
        }
        let text = serde_json::to_string(&one_line(toml::Value::Table(row.clone())))?;
        writeln!(rows, "    Row::new({name:?}, {}, &[{claims}], {text:?}),", own.is_empty())?;
        vendors.extend(own);
        count += 1;
    }
    let rows = format!("/// The rows as the build read them.\nstatic ROWS: [Row; {count}] = [\n{rows}];\n");
    head.remove("microarchitecture");
    let vendors: Vec<toml::Value> = vendors.into_iter().map(toml::Value::String).collect();
    head.insert("vendors".into(), vendors.into());
    Ok((serde_json::to_string(&head)?, rows))
}

/// The tables of an array; none where it is not there.
fn list(table: &toml::Table, key: &str) -> Vec<toml::Table> {
    let rows = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
    rows.filter_map(|row| row.as_table().cloned()).collect()
}

fn list_of_text(table: &toml::Table, key: &str) -> Vec<String> {
    let values = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
    values.filter_map(|v| v.as_str().map(String::from)).collect()
}

fn table(path: &str) -> Result<toml::Table, Fault> {
    let text = std::fs::read_to_string(Path::new(path)).map_err(|e| format!("{path}: {e}"))?;
    Ok(toml::from_str(&text).map_err(|e| format!("{path}: {e}"))?)
}

/// The names of a folder's tables, sorted.
fn names(folder: &str) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            names.extend(path.file_stem().map(|n| n.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

fn json(path: &str) -> Result<String, Fault> {
    Ok(serde_json::to_string(&one_line(toml::Value::Table(table(path)?)))?)
}

/// Lists of words run over several lines; a string without escapes is read at once.
fn one_line(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::String(text) => toml::Value::String(text.replace('\n', " ")),
        toml::Value::Array(values) => values.into_iter().map(one_line).collect::<Vec<_>>().into(),
        toml::Value::Table(table) => {
            toml::Value::Table(table.into_iter().map(|(key, value)| (key, one_line(value))).collect())
        }
        other => other,
    }
}

//! The catalogue's data are embedded by a macro that cannot see new files; this makes Cargo look for them. The tables that
//! each detection needs become JSON: reading TOML at every start would take longer than lscpu takes in all. A table that is
//! no TOML fails the build.

use std::path::Path;

const TABLES: [&str; 3] = ["cpuid", "hypervisors", "microarchitectures"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=probes");
    let out = std::env::var("OUT_DIR")?;
    for table in TABLES {
        let path = format!("probes/{table}.toml");
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        let value: toml::Table = toml::from_str(&text).map_err(|e| format!("{path}: {e}"))?;
        std::fs::write(Path::new(&out).join(format!("{table}.json")), serde_json::to_string(&value)?)?;
    }
    Ok(())
}

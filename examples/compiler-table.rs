//! Writes a file of `probes/compilers` by asking a compiler: `compiler-table CC FROM SOURCE > NAME.toml`. See
//! `probes/compilers/README.md`.

use hwtune::catalogue::microarchitectures;
use hwtune::toolchain::{Compiler, aarch64_table_of, table_of};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [cc, from, source] = &args[..] else { return Err("usage: compiler-table CC FROM SOURCE".into()) };
    let names = microarchitectures()?.rows.iter().map(|row| row.name.clone()).collect();
    let compiler = Compiler::ask(Path::new(cc))?;
    let table = match compiler.arch() {
        "aarch64" => aarch64_table_of(&compiler, from, source)?,
        _ => table_of(&compiler, &names, from, source)?,
    };
    println!("# Written by `cargo run --example compiler-table`; ask again rather than edit.");
    print!("{}", toml::to_string(&table)?);
    Ok(())
}

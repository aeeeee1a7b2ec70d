//! The `hwtune` command.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod cli;

fn main() -> std::process::ExitCode {
    // Under the name of a compiler it is one, while a build is recorded.
    match hwtune::build::recorded::stand_in() {
        Some(code) => code.into(),
        None => cli::main(),
    }
}

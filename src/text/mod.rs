//! Pure functions over text that every stage may use.

mod hidden;
mod key;
mod name;
mod place;
mod rounded;
mod visible_toml;

pub use hidden::hidden;
pub use key::{Key, hex, key};
pub use name::{host_name, meant};
pub use place::{one_line, place};
pub use rounded::rounded;
pub use visible_toml::visible_toml;

/// Runs `work` on a stack of `bytes`: parsers and trees of other people's crates go as deep as the text does, and a stack
/// that ends takes the whole program with it. Only what is used of it is ever memory.
pub fn deep<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, work);
        let thread = thread.map_err(|e| format!("no stack of {} MiB: {e}", bytes >> 20))?;
        thread.join().map_err(|panic| std::panic::resume_unwind(panic))
    })
}

//! Pure functions over text that every stage may use.

mod deep;
mod hex;
mod hidden;
mod key;
mod meant;
mod name;
mod place;
mod rounded;
mod visible_toml;

pub use deep::deep;
pub use hex::hex;
pub use hidden::hidden;
pub use key::{Key, key};
pub use meant::meant;
pub use name::host_name;
pub use place::{one_line, place};
pub use rounded::rounded;
pub use visible_toml::visible_toml;

//! Pure functions over text that every stage may use.

mod hex;
mod hidden;
mod name;
mod visible_toml;

pub use hex::hex;
pub use hidden::hidden;
pub use name::host_name;
pub use visible_toml::visible_toml;

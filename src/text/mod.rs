//! Pure functions over text that every stage may use.

mod hex;
mod hidden;
mod name;

pub use hex::hex;
pub use hidden::hidden;
pub use name::host_name;

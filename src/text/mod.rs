//! Pure functions over text that every stage may use.

mod hex;
mod name;

pub use hex::hex;
pub use name::host_name;

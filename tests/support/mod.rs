//! What more than one subject of the tests needs.

pub mod answers;
pub mod bench;
pub mod crates;
pub mod folder;
pub mod mine;
pub mod mutation;
pub mod trial;

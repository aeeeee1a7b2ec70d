//! What is written about a host for its owner's records.

mod adr;
mod expectation;
mod markdown;

pub use adr::{Adr, adr};
pub use expectation::{Expectation, Risk, Standing, expectations, risks};

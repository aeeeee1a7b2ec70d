//! The profile as a contract: schema, reader, other languages, staleness and diff.

mod broken;
mod check;
mod diff;
mod habits;
mod packaging;
mod readers;
mod schema;
mod support;

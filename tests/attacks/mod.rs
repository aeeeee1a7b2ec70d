//! A profile from an enemy: what it says is refused or stays text, as each consumer's own parser sees it.

mod every_path;
mod flags;
mod parsers;
mod paths;
mod terminal;
mod texts;

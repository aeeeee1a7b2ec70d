//! From a rendered file to a running system and back, on systems made of fakes.

mod adr;
mod commands;
mod fake;
mod imported;
mod script;
mod verdict;
mod world;

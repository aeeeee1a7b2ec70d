//! Rendering, against golden files and a real Nix.

mod cli;
mod golden;
mod hostile;
mod import;
mod modules;
mod nixos_overlay;
mod routes;
mod selection;
mod support;
mod tools;
mod whole_host;

//! Rendering, against golden files and a real Nix.

mod cli;
mod coherence;
mod golden;
mod hostile;
mod hwcaps;
mod import;
mod modules;
mod nixos_overlay;
mod routes;
mod selection;
mod single_packages;
mod support;
mod tools;
mod whole_host;

//! Rendering, against golden files and a real Nix.

mod golden;
mod nixos_overlay;
mod routes;
mod support;

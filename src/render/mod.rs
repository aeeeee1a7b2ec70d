//! From a profile to what other systems read: one template a consumer, quoting by filter, and a check of the text
//! before anything is written.

mod archspec;
mod choices;
mod coherent;
mod engine;
mod error;
mod floor;
mod gcc;
mod gentoo;
mod go;
mod hwcaps;
mod names;
mod needs;
mod nix_attrs;
mod offered;
mod options;
mod quote;
mod release;
mod rendered;
mod rules;
mod selection;
mod syntax;
mod system;
mod target;
pub(crate) mod trust;
mod whole_host;
mod zig;

pub use choices::flags;
pub use error::RenderError;
pub use options::{Allow, Options};
pub use quote::line;
pub use release::{Nixpkgs, Release, nixpkgs};
pub use rendered::{Rendered, render, render_target};
pub use selection::{Choice, Dropped, Figures};
pub use syntax::Syntax;
pub use target::{FrontMatter, Target, targets};

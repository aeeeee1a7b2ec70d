//! This module writes for people: a page with plots, a plot, Markdown, and a section for a decision record.

mod adr;
mod bar;
mod compared;
mod document;
mod escape;
mod expectation;
mod expected;
mod facts;
mod forest;
mod html;
mod layouts;
mod markdown;
mod plot;
mod rows;
mod scale;
mod svg;
mod time;
mod view;

pub use adr::{Adr, adr};
pub use bar::Strokes;
pub use compared::html as html_of_several;
pub use document::{markdown, markdown_of_several};
pub use escape::plain;
pub use expectation::{Expectation, Risk, Standing, expectations, risks};
pub use html::html;
pub use plot::{Plot, plot, plot_of_several};
pub use rows::{Group, Row, confirmed, decided, others, short};
pub use scale::Scale;
pub use view::Source;

//! Reports: golden files, hostile texts, what a page promises, and a real browser.

mod browser;
mod devtools;
mod golden;
mod markup;
mod page;
mod support;

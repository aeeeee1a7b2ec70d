//! What CPU this is, which features the OS enables, and how the machine is shaped.

mod detected;

pub use detected::Detected;

//! Screen, search, confirm.

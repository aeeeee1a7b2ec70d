//! Variants, identity, layouts, the runner's protocol, statistics and the A/A control.

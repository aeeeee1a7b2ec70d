//! One template a consumer, quoting by filter, syntax checks before anything is written.

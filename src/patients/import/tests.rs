//! Files as practices send them.

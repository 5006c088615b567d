//! The formats of mail and of the records about it. They know DNS through traits only.

pub mod spf;

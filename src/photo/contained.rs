//! Decoders of hostile bytes that may panic, held to their one photo.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// `None` where `work` panicked. For other people's parsers alone (codes, profiles,
/// pure-Rust image formats): a panic there is a bug of theirs that must not stop the next
/// photo. What `work` borrows is either read only or thrown away afterwards.
pub fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

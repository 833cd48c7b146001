//! Upload → outcome: the handler that both hosts drive, and what makes its work once-only.
//!
//! One photo, step by step ([`handler`]): read exactly the version that the event names
//! ([`fetch`]); take the race's data, revalidated at most every few seconds
//! ([`race_folder`]); decide; render on a bounded number of threads; write each
//! certificate under a key that is a function of its content ([`once`]); write the
//! outcome last ([`outcome`]). Whatever is interrupted is found by [`reconcile`], which
//! compares the photos that are there with the outcomes that are there.
//!
//! # Why any number and order of deliveries give the same result
//!
//! - Certificates are created with `If-None-Match: *` under their fingerprint, so a second
//!   delivery finds them there and changes nothing.
//! - `current.json`, the trays and the outcomes are changed only over the version that was
//!   read (`If-Match`), from the newest race data.
//! - The outcome is written last: an outcome that is there means that everything before
//!   it is there; one that is missing makes the reconciler do the photo again.
//! - Nothing under `certificates/`, `pending/`, `review/`, `rejected/` or `outcomes/` ever
//!   starts work ([`keys::classify`]).

pub mod correction;
pub mod current;
pub mod desk;
pub mod fetch;
pub mod handler;
pub mod host;
pub mod keys;
pub mod once;
pub mod outcome;
pub mod race_folder;
pub mod reconcile;
pub mod stopwatch;
pub mod worker;
mod write;

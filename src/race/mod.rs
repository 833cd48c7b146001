//! One day's running event: its rules (`race.toml`), its runners (the roster) and
//! the words they are told in (bib, course, wave, gun time, net time).

pub mod bib;
pub mod elapsed;
pub mod finisher;
pub mod roster;
pub mod rules;

pub use bib::Bib;
pub use elapsed::Elapsed;
pub use finisher::{Finisher, Rank, Split, Status};
pub use roster::Roster;
pub use rules::Race;

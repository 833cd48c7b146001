//! One day's running event: its rules (`race.toml`), its runners (the roster) and
//! the words they are told in (bib, course, wave, gun time, net time).

pub mod bib;
mod check;
mod clock;
pub mod elapsed;
mod file;
pub mod finisher;
mod folding;
pub mod name_index;
pub mod results;
mod retention;
pub mod roster;
pub mod rules;
mod second_factor;
mod warnings;

pub use bib::Bib;
pub use elapsed::{Elapsed, ElapsedError, ShortTime};
pub use file::{RaceError, RaceFault};
pub use finisher::{Finisher, Rank, Split, Status};
pub use folding::folded;
pub use name_index::NameIndex;
pub use roster::Roster;
pub use rules::Race;

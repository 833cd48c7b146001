//! A folder whose photos go to S3 by themselves: a card that was copied, an FTP server's
//! folder, a share of the network.
//!
//! The folder is looked at again and again, since network mounts tell of no changes. A file
//! goes up once it has not changed for a while and has its end. Nothing is kept on this
//! side: what is there already is known by its MD5, so that a restart, a second watcher, or
//! an answer that was lost uploads nothing twice. Nothing in the folder is changed, and no
//! object is ever written over, but for a photo's own proxy ([`kanso_pipeline::proxy`]).
//!
//! | part | what it holds |
//! |---|---|
//! | [`folder`] | a look at the folder |
//! | [`watched`] | what is known of each file, and when its turn is; pure |
//! | [`destination`] | which key a file goes to; pure |
//! | [`upload`] | one file, read whole and put once |
//! | [`client`] | the S3 client of a thin line |
//! | [`outage`] | when a store that does not answer is asked again; pure |
//! | [`patience`] | for how long an upload may be under way; pure |
//! | [`rate`] | how fast photos go up; pure |
//! | [`watcher`] | the loop |

pub mod client;
pub mod destination;
pub mod folder;
pub mod outage;
pub mod patience;
pub mod rate;
pub mod upload;
pub mod watched;
pub mod watcher;

pub use client::patient;
pub use destination::Destination;
pub use rate::Rate;
pub use watcher::{Event, Pace, Watcher};

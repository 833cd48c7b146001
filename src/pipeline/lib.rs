//! Upload → outcome: the handler that both hosts drive, and what makes its work once-only.
//!
//! One photo, step by step ([`handler`]): read exactly the version that the event names
//! ([`fetch`]); take the race's data, revalidated at most every few seconds
//! ([`race_folder`]); decide; render on a bounded number of threads; write each
//! certificate under a key that is a function of its content ([`once`]); write the
//! outcome last ([`outcome`]). Whatever is interrupted is found by [`reconcile`], which
//! compares the photos that are there with the outcomes that are there.
//!
//! # Every object, who writes it, on which condition
//!
//! Inputs. Nobody here writes them, but for the people's tools in [`desk`]
//! and [`erasure`].
//!
//! | object | written by | condition |
//! |---|---|---|
//! | `race.toml`, `template/…`, marks | the organiser | none: the last one holds |
//! | `results.csv`, `results/<n>.csv` | timing | none; increments by their number, later rows win |
//! | `photos/<camera>/<file>` | photographers | none: the last one holds; our uploaders: if absent, or over its own proxy ([`proxy`]) |
//! | `decisions/<photo-id>.json` | a person; an erasure takes its runner out | none, or over what was read (`block`, erasures) |
//! | `erased/<bib>.json` | `kanso erase` | if absent; never taken back |
//! | `cameras/<camera>.json` | a person, or whoever handles their photo of the clock page for the first time ([`kanso_certificate::clock_photo`]) | none; or over what was read, where that is no photo taken later |
//! | `expired.json` | whoever finds that the race's time is over ([`expiry`]) | if absent, before anything is deleted; once more when all is |
//! | `private/links.json` | whoever needs it first: what the links to runners' pages are signed with | if absent |
//! | `private/photographers/<id>.json` | `kanso photographer`: who may upload which cameras' photos ([`photographers`]) | if absent |
//! | `accepted/…` | whoever could read all of the race's files: their copies, in force for those that are broken later | none: each is a good reading |
//! | `unreadable/<file>.json` | whoever could not read a file, until it is mended | none |
//!
//! Outputs. Only the pipeline writes them.
//!
//! | object | written | condition |
//! |---|---|---|
//! | `certificates/…/<fingerprint>.{pdf,jpg,json}` | first; for other paper, or without a photo, before it is printed ([`editions`]) | if absent: the key says what is in it |
//! | `certificates/…/<fingerprint>.desk.pdf` | before a runner is sent to the store for it | if absent |
//! | `certificates/…/current.json` | after those three | over what was read |
//! | `sightings/…` | what a photo shows by itself, before its neighbours are looked at; as the outcome names it, before that | if absent: the key says everything |
//! | `pending/`, `review/`, `rejected/` | after the certificates | over what was read |
//! | `rejected/late-….json` | for what comes when the race's time is over | if absent |
//! | `audit/<photo-id>/…` | before the outcome, once for each version of an answer; when another photo took its name | if absent |
//! | `audit/erasures/<when>.json` | before an erasure from the console: who, and nothing of whom | if absent |
//! | `outcomes/…/<etag>.json` | last | over what was read |
//! | `requests/<bib>-<photo-id>.json` | a runner, on their page; whoever settles it; an erasure deletes it | over what was read |
//! | `guesses/<hash>.json` | the pages: how often somebody guessed, or something was guessed at | over what was read |
//! | `corrections/….json` | before the correction is made, in pieces where it is made in pieces; an erasure takes its runner out | if absent; then over what was read |
//!
//! Then the outcomes of earlier versions of the same file are taken back in the same way and
//! deleted, unless the same bytes lie under another name too; of a photo that came in two files
//! ([`proxy`]) only what the second no longer says. Who shows, prints or gives out
//! a certificate goes through [`certificates`], and whoever needs its photo again reads these
//! very bytes or is told that they are gone.
//!
//! Every one of these JSON documents says its `format`
//! ([`kanso_certificate::document`]). One that a newer kanso wrote is an error that names it
//! and is tried again, never taken for absent; a damaged one that follows from others is made
//! again. A person's answer may leave the format out.
//!
//! After the outcome, what the outcome before it named and this one does not is taken back:
//! `current.json` becomes void, a tray's record is deleted, and an erased runner's objects are.
//!
//! A tombstone ([`erasure`]) is followed like race data. Outcomes then keep of a photo only
//! that it shows somebody who was erased, so that the clock does not give it to somebody
//! else; the audit never held a bib.
//!
//! A race whose time is over ([`expiry`]) is done nothing for: whoever sees its tombstone, within
//! five seconds, decides nothing and writes nothing but what was late. What was written until then
//! is deleted by the next reconciliation, which lists what is left.
//!
//! # Why any number and order of deliveries give the same end
//!
//! What a photo should come to is a function of its bytes and of the newest inputs
//! ([`kanso_certificate::plan`], then printing). An event carries no content that is
//! used: it only says where to look. So order and number of events do not matter, as long
//! as somebody looks after the last change.
//!
//! - Whoever did a photo asks, after its outcome is written, whether the race's data or the
//!   answer changed meanwhile, and does it again then. Within one process nothing older is
//!   left behind.
//! - Each outcome keeps what the photo says and a hash of what it led to. New race data are
//!   held against all outcomes ([`correction`]); a photo whose hash differs is done again,
//!   or, where nothing is to be printed, only its records are written.
//! - A photo is decided by itself, and then, where that leaves it open, beside the photos taken
//!   about then (`neighbours`): by what these are by themselves, what a person said of them, and
//!   which of those before it a person is asked about. What a photo is by itself follows from no
//!   other, and what is asked only from earlier ones, so that the end is one. Whoever writes an
//!   outcome that says something else than before looks at the open photos around it.
//! - Several processes may hold race data of different age. Each asks the store for newer
//!   ones, by ETag, at most every five seconds, and at once when an event or a message tells
//!   of a version that it does not hold ([`race_folder::RaceFolders::know`]). What one wrote
//!   meanwhile from older data than the newest names them by its hash, so that it is found and
//!   mended by the next event about the race's data, by a sweep that is under way
//!   ([`tasks`]) or by the next reconciliation, whichever comes first.
//! - Any process may end between two calls. [`reconcile`] then holds everything against the
//!   newest inputs: photos without an outcome; outcomes whose hash differs; certificates that lack
//!   an object, or whose `current.json` names another fingerprint; trays whose version is
//!   not the one that the outcome wrote; and whatever no outcome names. Each is made to
//!   agree by the same steps, so reconciling until nothing is found ends where a run
//!   without faults ends. Revision counters, superseded copies and void documents may differ.
//! - Race data that cannot be read take nothing back: each broken file has its accepted
//!   version in force ([`kanso_certificate::accepted`]).
//! - Nothing among the outputs ever starts work ([`keys::classify`]).
//!
//! # Why nothing is lost in a burst, and nothing waits for all of it
//!
//! Every queue holds so much and no more. Our own outputs are never queued. Race data and
//! answers have a lane of their own ([`lanes`]), in which an object is once however often it
//! is written, and what means the same is followed once for all ([`worker`]); they wait for no
//! photo, and the photos that they call for again take turns with new ones. Photos that fit
//! no queue are dropped aloud, and a reconciliation finds them as soon as the queue is empty.
//! Should race data or an answer be dropped or given up, everything is held against the
//! newest inputs. A panic fails one upload; a worker that ends all the same is started again,
//! with everything looked at anew.
//!
//! # Why no invocation of a Lambda does unbounded work
//!
//! What an event or the schedule calls for is divided ([`tasks`]): a piece lists 10,000 keys,
//! or looks at 100 objects, or does one photo, and what is left is queued before the piece is
//! acknowledged. A piece that fails comes again with all that it queues. Nothing is lost as long
//! as these hold:
//!
//! - The queue keeps a message until its piece has succeeded; one that never does is kept among
//!   the dead letters, and the next reconciliation starts anew from the store.
//! - A range of keys is fixed once. Objects that are written into it later are looked at as
//!   well; those behind the last range have events of their own.
//! - A piece knows the race's data that it was queued for, or newer ones. Where they changed
//!   while it looked, it is queued once more.
//! - A photo that is queued twice is rendered once: whoever comes second finds its outcome as
//!   the newest data want it.
//! - A photo without an outcome, and a damaged outcome, are found by the photos; what an outcome
//!   names and is not there, by the outcomes; a part that a certificate lacks, and what no
//!   outcome names, by the certificates and the trays. Together they find what [`reconcile`]
//!   finds, which looks at a race as a whole.
//!
//! # Why reading numbers delays no sure photo
//!
//! Reading printed numbers takes several times as long as all else. A photo that nothing but
//! its numbers can settle is set aside ([`unread`]) with nothing written, and its numbers are
//! read while no other photo waits: first those near the finish of a runner whom somebody
//! asked for at a kiosk, then the newest. It has no outcome until then, so that a
//! reconciliation finds it should the process end. What was read stands in the outcome's facts
//! and is not read again. In a Lambda each photo is read at once: there is no queue to delay.
//!
//! Not covered: the same bytes uploaded under two names are one photo, whose tray record
//! is that of the name handled last.

mod accepted;
pub mod camera_photos;
pub mod camera_report;
pub mod certificates;
mod clock_photo;
mod clock_proof;
pub mod clock_warning;
mod clocks;
pub mod correction;
pub mod current;
pub mod desk;
pub mod editions;
pub mod erasure;
pub mod events;
pub mod expiry;
pub mod explained;
mod failures;
pub mod fetch;
pub mod handler;
pub mod integrity;
pub mod keys;
pub mod lanes;
mod late;
mod links;
pub mod memory;
pub mod metrics;
mod neighbours;
pub mod offered;
pub mod once;
pub mod outcome;
mod outcomes;
mod photo;
pub mod photographers;
pub mod place;
mod planned;
pub mod progress;
pub mod proxy;
pub mod race_folder;
pub mod reconcile;
mod replaced;
pub mod requests;
pub mod review;
pub mod runner_photos;
pub mod sightings;
pub mod stopwatch;
pub mod store;
pub mod tally;
pub mod tasks;
pub mod trays;
pub mod unread;
pub mod worker;
mod write;

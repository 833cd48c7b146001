//! The promise: every upload ends as a certificate or as a record that a person can act on,
//! once, whatever order things arrive in and whatever is killed on the way.

#[path = "pipeline/accepted.rs"]
mod accepted;
#[path = "pipeline/bursts.rs"]
mod bursts;
#[path = "pipeline/clock_photo.rs"]
mod clock_photo;
#[path = "pipeline/clocks.rs"]
mod clocks;
#[path = "pipeline/convergence.rs"]
mod convergence;
#[path = "pipeline/corrections.rs"]
mod corrections;
#[path = "pipeline/counted.rs"]
mod counted;
#[path = "pipeline/delivery.rs"]
mod delivery;
#[path = "pipeline/doubtful.rs"]
mod doubtful;
#[path = "pipeline/editions.rs"]
mod editions;
#[path = "pipeline/erasure.rs"]
mod erasure;
#[path = "pipeline/expiry.rs"]
mod expiry;
#[path = "pipeline/formats.rs"]
mod formats;
#[path = "pipeline/input.rs"]
mod input;
#[path = "pipeline/moto.rs"]
mod moto;
#[path = "pipeline/numbers.rs"]
mod numbers;
#[path = "pipeline/pieces.rs"]
mod pieces;
#[path = "pipeline/proxies.rs"]
mod proxies;
#[path = "pipeline/race_data.rs"]
mod race_data;
mod repository;
#[path = "pipeline/standing.rs"]
mod standing;
#[path = "pipeline/venue.rs"]
mod venue;

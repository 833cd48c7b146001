//! **kanso** turns a finish photo into a print-ready finisher certificate (完走証).
//!
//! ```text
//!  shell (async: S3, HTTP, Lambda)                 core (pure: no clock, env, network, randomness, async)
//!
//!  S3 event ──► Upload{key, etag, sequencer}
//!                 │ get (If-Match etag)
//!  bytes ───────► Photo{metadata, captured_at, pixels on demand}
//!                 │                                evidence(photo, race) ─► [Evidence]
//!  race folder ─► Race, Roster                     decide(evidence, roster, race) ─► Decision
//!                 │                                compose(template, fields, photo) ─► Page
//!                 │                                pdf(&Page) ─► print-ready bytes
//!                 │                                raster(&Page, ppi) ─► preview bytes
//!  put (If-None-Match: *) ◄── Certificate{pdf, preview, record}
//! ```
//!
//! # The rooms
//!
//! | room | what it holds |
//! |---|---|
//! | [`race`] | one running event: `race.toml`, courses, waves, cameras, bibs, times, the roster |
//! | [`results`] | any timing system's export read into finishers, with every bad row reported |
//! | [`photo`] | metadata, decoding, colour, crop, quality |
//! | [`matching`] | evidence about whose photo it is, fused into a decision |
//! | [`template`] | `template.toml` and artwork: what a certificate looks like |
//! | [`text`] | fonts, coverage, shaping, line breaking, fitting, vertical writing |
//! | [`layout`] | template + fields + photo → [`layout::page::Page`], the display list |
//! | [`render`] | display list → PDF or pixels; draws, never decides |
//! | [`press`] | everything a race's certificates depend on, except the photo |
//! | [`certificate`] | the pure pipeline, as a visible list of steps |
//! | [`pipeline`] | upload → outcome: the handler, keys, once-only writes, reconciling |
//! | [`events`] | what S3, SQS, EventBridge and webhooks send → [`events::Upload`] |
//! | [`store`] | the few S3 calls that the pipeline makes |
//! | [`hot_folder`] | a folder whose photos go to S3 by themselves |
//! | [`endpoint`] | the embedded S3: s3s over body files and a transactional index |
//! | [`mod@print`] | a queue that survives a restart, and printers that speak IPP |
//! | [`web`] | the pages and the JSON API, over the store |
//! | [`cli`] | one file per subcommand |
//! | [`scene`] | synthetic finish-line photographs, every one from a seed |
//!
//! Everything above [`pipeline`] is pure: the same input gives the same bytes.

pub mod certificate;
pub mod cli;
pub mod endpoint;
pub mod error;
pub mod events;
pub mod hot_folder;
pub mod layout;
pub mod matching;
pub mod photo;
pub mod pipeline;
pub mod press;
pub mod print;
pub mod race;
pub mod render;
pub mod results;
pub mod scene;
pub mod store;
pub mod template;
pub mod text;
pub mod web;

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
//! Each is a crate in `src/`, and uses only rooms below its own line.
//!
//! | room | what it holds |
//! |---|---|
//! | **hosts** | |
//! | [`cli`] | `kanso`: one file per subcommand, the laptop's server among them |
//! | `lambda` | `bootstrap`: AWS's host, one event to its answer |
//! | `lambda_pages` | `pages`: AWS's host of the pages for runners |
//! | **shell** | |
//! | [`kanso_web`] | the pages and the JSON API, over the store |
//! | [`kanso_print`] | a queue that survives a restart, and printers that speak IPP |
//! | [`kanso_hot_folder`] | a folder whose photos go to S3 by themselves |
//! | [`kanso_pipeline`] | upload → outcome: events, the store, keys, once-only writes, reconciling |
//! | [`kanso_endpoint`] | the embedded S3: s3s over body files and a transactional index |
//! | [`kanso_listen`] | a router over TCP, within bounds that a crowd cannot pass |
//! | **core** | |
//! | [`kanso_certificate`] | the pure pipeline, as a visible list of steps |
//! | [`kanso_matching`] | evidence about whose photo it is, fused into a decision |
//! | [`kanso_simulation`] | a whole race from a seed, decided by matching and counted against the truth |
//! | [`kanso_reading`] | the number printed on a bib: pixels → readings; against a race's bibs |
//! | [`kanso_template`] | `template.toml` and artwork; layout: template + fields + photo → page |
//! | [`kanso_render`] | page → PDF or pixels; draws, never decides |
//! | [`kanso_text`] | fonts, coverage, shaping, line breaking, fitting, vertical writing |
//! | [`kanso_race`] | one running event: `race.toml`, any timing system's results, the roster |
//! | [`kanso_photo`] | metadata, decoding, colour, crop, quality |
//! | **ground** | |
//! | [`kanso_page`] | the display list: units, faces, glyphs, paths, all placed |
//! | `color` | sRGB, light, and the inks of a press |
//! | `fonts` | the fonts in the binary, as data |
//!
//! `scene` stands beside the product: it paints the sample race's photos.

pub mod cli;
pub mod host;

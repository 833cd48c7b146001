//! A photographer's session: signed with the race's own key, so that several processes know
//! it, and with the code's hash, so that it ends with the code.

use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use kanso_certificate::link::{Links, upload_path};
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::photographers::{Photographer, PhotographerId};

use crate::language::cookie;
use crate::session::same;

const COOKIE: &str = "upload";
/// A race's weekend, and the evenings after it.
const HOURS: i64 = 96;

/// What a browser shows of its session, before anybody has looked whether it is right.
pub(super) struct Shown {
    pub id: PhotographerId,
    until: i64,
    signature: String,
}

/// A `Set-Cookie` that opens a session.
pub(super) fn open(
    links: &Links,
    race: &RaceId,
    id: &PhotographerId,
    photographer: &Photographer,
    now: Timestamp,
) -> HeaderValue {
    let until = now.as_second().saturating_add(HOURS * 3600);
    let signature = links.pseudonym(&photographer.session(id, until));
    let cookie = format!(
        "{COOKIE}={id}.{until}.{signature}; Path={}; Max-Age={}; HttpOnly; SameSite=Strict",
        upload_path(race.as_str()),
        HOURS * 3600
    );
    HeaderValue::from_str(&cookie).expect("ids, numbers and encoded paths are plain ASCII")
}

/// The session that a request shows.
pub(super) fn shown(headers: &HeaderMap) -> Option<Shown> {
    let mut parts = cookie(headers, COOKIE)?.splitn(3, '.');
    let id = parts.next()?.parse().ok()?;
    let until = parts.next()?.parse().ok()?;
    Some(Shown { id, until, signature: parts.next()?.to_owned() })
}

impl Shown {
    /// Whether it is this photographer's, and not over.
    pub fn is_of(&self, photographer: &Photographer, links: &Links, now: Timestamp) -> bool {
        let signature = links.pseudonym(&photographer.session(&self.id, self.until));
        same(&signature, &self.signature) && self.until > now.as_second()
    }
}
